"""Files of enrolment rows, made wrong in every way that a seed comes upon."""
import csv
import ctypes
import ctypes.util
import gzip
import io
import json
import random

NASTY = [b"", b" ", b"\x00", b"\xed\xa0\x80", b"\xff\xfe", b"\xf4\x90\x80\x80", b"=cmd|' /C calc'!A0", b"-1", b"1e309", b"2026-02-30",
         b"0000-00-00", b"99991231", "９９９９".encode(), "٣٤".encode(), b"'; DROP TABLE registry.person; --", b"\xe2\x80\xae", b"a" * 4096,
         "齉".encode() * 3000, b"\r", b"\n", b'"', b'""', b",", b"\\", b"NULL", b"acquire", b"lose", b"cancel", b"3", b"030",
         b"[1, 2]", b"\xef\xbb\xbf", b"\x1a"]
NASTY_JSON = [None, True, -1, 1.5, 1e308, 10 ** 30, "", "\x00", "\ud800", "a" * 4096, [], {}, [[[[1]]]], {"a": {"b": 1}}, "2026-02-30"]


def zstd(data):
    library = ctypes.CDLL(ctypes.util.find_library("zstd"))
    library.ZSTD_compressBound.restype = library.ZSTD_compress.restype = ctypes.c_size_t
    library.ZSTD_compressBound.argtypes = [ctypes.c_size_t]
    library.ZSTD_compress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_int]
    room = library.ZSTD_compressBound(len(data))
    packed = ctypes.create_string_buffer(room)
    length = library.ZSTD_compress(packed, room, data, len(data), 1)
    return packed.raw[:length]


PACKINGS = {"gzip": gzip.compress, "zstd": zstd}


def csv_of(rows):
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def jsonl_of(rows):
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


# ---- of bytes ------------------------------------------------------------------------------------

def flip(dice, data):
    data = bytearray(data)
    for _ in range(dice.randint(1, 8)):
        data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(data)


def cut(dice, data):
    return data[:dice.randrange(len(data))]


def leave_out(dice, data):
    start = dice.randrange(len(data))
    return data[:start] + data[start + dice.randint(1, 64):]


def double(dice, data):
    start = dice.randrange(len(data))
    length = dice.randint(1, 512)
    return data[:start + length] + data[start:]


def put_in(dice, data):
    start = dice.randrange(len(data))
    return data[:start] + dice.choice([dice.randbytes(dice.randint(1, 64)), dice.choice(NASTY)]) + data[start:]


def end_lines_otherwise(dice, data):
    ends = [b"\n", b"\r\n", b"\r", b"\n\n", b"\n\r"]
    return b"".join(line + dice.choice(ends) for line in data.splitlines())


def mark(dice, data):
    return dice.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf\xef\xbb\xbf"]) + data


def recode(dice, data):
    return data.decode().encode(dice.choice(["cp932", "utf-16", "utf-8-sig", "euc_jp"]), "replace")


# ---- of rows -------------------------------------------------------------------------------------

def spoil_fields(dice, data):
    lines = [line.split(b",") for line in data.splitlines()]
    for _ in range(dice.randint(1, 6)):
        fields = dice.choice(lines)
        fields[dice.randrange(len(fields))] = dice.choice(NASTY)
    return b"\r\n".join(b",".join(fields) for fields in lines) + b"\r\n"


def mix_fields(dice, data):
    lines = [line.split(b",") for line in data.splitlines()]
    for _ in range(dice.randint(1, 6)):
        one, other = dice.choice(lines[1:]), dice.choice(lines[1:])
        at = dice.randrange(min(len(one), len(other)))
        one[at], other[at] = other[at], one[at]
    return b"\n".join(b",".join(fields) for fields in lines) + b"\n"


def spoil_header(dice, data):
    header, _, rest = data.partition(b"\r\n")
    names = header.split(b",")
    at = dice.randrange(len(names))
    what = dice.randrange(6)
    if what == 0:
        names.append(names[at])
    elif what == 1:
        names[at] = b"no_such_column"
    elif what == 2:
        del names[at]
    elif what == 3:
        names[at] = names[at].upper()
    elif what == 4:
        names[at] = b" " + names[at] + b" "
    else:
        names += [b"c%d" % i for i in range(dice.randint(1, 5000))]
    return b",".join(names) + b"\r\n" + rest


def spoil_json(dice, data):
    rows = [json.loads(line) for line in data.splitlines()]
    for _ in range(dice.randint(1, 5)):
        row = dice.choice(rows)
        row[dice.choice([*row, "no_such_column"])] = dice.choice(NASTY_JSON)
    lines = [json.dumps(row, ensure_ascii=dice.random() < 0.5).encode(errors="surrogatepass") for row in rows]
    at = dice.randrange(len(lines))
    lines[at] = dice.choice([lines[at], lines[at] + lines[at], b"[" * dice.randint(1, 20000), b'{"operation":"lose","operation":"acquire"}',
                             b"null", b"{", lines[at][:-1] + b', "row_key": "again"}', b"{}", b"\x00" + lines[at]])
    return dice.choice([b"\n", b"\r\n"]).join(lines)


OF_BYTES = (flip, cut, leave_out, double, put_in, end_lines_otherwise, mark)
OF_CSV = (spoil_fields, mix_fields, spoil_header, recode)


def mutant(seed, rows):
    """A file made from rows, and the words of its head; the same for the same seed."""
    dice = random.Random(seed)
    is_csv = dice.random() < 0.7
    data = csv_of(rows) if is_csv else jsonl_of(rows)
    words = {"Content_Type": "text/csv" if is_csv else "application/jsonl"}
    if is_csv and dice.random() < 0.1:
        data, words["Content_Type"] = data.decode().encode("cp932", "replace"), "text/csv; charset=windows-31j"
        data = dice.choice(OF_BYTES)(dice, data)
    elif dice.random() < 0.95:  # a few stay sound
        data = dice.choice(OF_BYTES + OF_CSV if is_csv else OF_BYTES + (spoil_json,) * 5)(dice, data)
        if data and dice.random() < 0.2:
            data = dice.choice(OF_BYTES)(dice, data)
    if dice.random() < 0.2:
        packing = dice.choice(list(PACKINGS))
        data, words["Content_Encoding"] = PACKINGS[packing](data), packing
        if dice.random() < 0.6:
            data = dice.choice((flip, cut, leave_out, double, put_in))(dice, data)
    return data or b"\n", words
