# rooms.awk: reads server/ROOMS, then every source file of server/; reports each include that is not
# allowed by it. Usage: awk -f rooms.awk server/ROOMS FILE...

# Library patterns are a header's name or a folder with a star: openssl/*
function owners_of(header,    folder) {
    if (header in library_rooms) return library_rooms[header]
    folder = header
    sub(/\/.*/, "/*", folder)
    return (folder in library_rooms) ? library_rooms[folder] : ""
}

function complain(text) {
    printf "%s:%d: %s\n", FILENAME, FNR, text
    bad = 1
}

FNR == NR && /^[a-z]/ {
    split($0, part, ":")
    room = part[1]
    gsub(/ /, "", room)
    rooms[room] = " " room " " part[2] " "
    count = split(part[3], names, " ")
    for (i = 1; i <= count; i++)
        library_rooms[names[i]] = library_rooms[names[i]] " " room " "
}
FNR == NR { next }

FNR == 1 {
    depth = split(FILENAME, path, "/")
    here = depth == 2 ? "main" : path[2]
    if (!(here in rooms)) complain(here " is no room of server/ROOMS")
}

/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, quoted, "\"")
    depth = split(quoted[2], name, "/")
    if (depth != 2)
        complain("\"" quoted[2] "\" is not written as \"room/file.h\"")
    else if (!index(rooms[here], " " name[1] " "))
        complain(here " may not include " name[1])
}

/^[ \t]*#[ \t]*include[ \t]*</ {
    split($0, angle, "[<>]")
    allowed = owners_of(angle[2])
    if (allowed != "" && !index(allowed, " " here " "))
        complain("<" angle[2] "> belongs to" allowed)
}

END { exit bad }
