// What each view shows. A view draws itself from the office's endpoints, and returns what it drew.
import { word, value, code, day, moment, number } from "./words.js";
import { el, ask, act, failed, may, form, reasonForm } from "./office.js";

const KINDS = ["hospital", "medical_clinic", "dental_clinic", "pharmacy", "home_nursing", "judo_acupuncture"];
const STATUSES = ["applied", "ready", "operating", "suspended"];
const STATES = [...STATUSES, "exempt", "closed"];
const EXEMPTIONS = ["system_not_ready", "no_network", "visits_only", "rebuilding", "closing", "special"];
const RIGHTS = ["full", "eligibility_only"];
const CHART_WIDTH = 900;
const BATCH_AGAIN_MS = 2000, TODAY_AGAIN_MS = 10_000;

// columns: [heading, (item) => text or element, isNumber]
const rows = (columns, items) => items.map((item) => el("tr", {}, columns.map(([, cell, isNumber], at) => at === 0
    ? el("th", { scope: "row" }, cell(item) ?? "") : el("td", { class: isNumber ? "number" : undefined }, cell(item) ?? ""))));

const table = (caption, columns, items) => items.length === 0
    ? el("p", { class: "quiet" }, `${caption}: ${word("none")}`)
    : el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": caption }, el("table", {}, el("caption", {}, caption),
        el("thead", {}, el("tr", {}, columns.map(([heading, , isNumber]) => el("th", { scope: "col", class: isNumber ? "number" : undefined }, heading)))),
        el("tbody", {}, rows(columns, items))));

const query = (facts) => {
    const text = new URLSearchParams(Object.entries(facts).filter(([, fact]) => fact !== undefined && fact !== "" && fact !== null)).toString();
    return text === "" ? "" : `?${text}`;
};

// A list that grows page by page. What is true of all of it stands above it.
const list = async (caption, path, facts, columns, above = () => "") => {
    const region = el("section", {});
    const more = async (after) => {
        const page = await ask("GET", path + query({ ...facts, after }));
        const button = page.next_after === undefined ? ""
            : el("button", { type: "button", onclick: () => more(page.next_after).catch(failed) }, `${word("more")}: ${caption}`);
        if (after === undefined) {
            region.append(above(page), table(caption, columns, page.items), button);
            return;
        }
        const fresh = rows(columns, page.items);
        region.querySelector("tbody").append(...fresh);
        region.lastElementChild.replaceWith(button);
        fresh[0]?.setAttribute("tabindex", "-1");
        fresh[0]?.focus(); // reading goes on where it was
    };
    await more(undefined);
    return region;
};

// Parts of a view are asked for side by side; show() waits for them.
const section = async (...parts) => el("section", {}, await Promise.all(parts));

const button = (label, what, onclick) => el("button", { type: "button", "aria-label": `${label}: ${what}`, onclick }, label);
const title = (name, ...more) => el("h1", {}, word(name), ...more);
const due = (one) => el("span", { class: one.is_overdue ? "late" : undefined }, day(one.due_on), one.is_overdue ? ` ${word("overdue")}` : "");

const tile = (name, count, link, late) => el("li", {}, el("b", {}, number(count)), link ? el("a", { href: link }, word(name)) : word(name),
    late ? el("span", { class: "late" }, ` ${number(late)} ${word("overdue")}`) : "");

const today = async () => {
    const seen = await ask("GET", "overview");
    return [title("today"), el("ul", { class: "tiles" },
        tile("operating", seen.facilities.operating ?? 0, "#/facilities"),
        tile("insurers", seen.insurers, "#/compliance"),
        tile("batchesAtWork", seen.batches.at_work, "#/batches"),
        tile("batchesWaiting", seen.batches.waits_for_release, "#/batches"),
        tile("batchesFailing", seen.batches.failing, "#/batches"),
        tile("jobsUnfinished", seen.jobs.unfinished, "#/system"),
        tile("holdsOpen", seen.holds.open, "#/doubts", seen.holds.overdue),
        tile("ticketsOpen", seen.discrepancies.open, "#/doubts", seen.discrepancies.overdue),
        tile("reviewsOpen", seen.reviews.open, "#/doubts", seen.reviews.overdue),
        tile("proposalsWaiting", seen.proposals_waiting, "#/approvals"),
        tile("alarmsToday", seen.alarms_today, "#/system"),
        tile("disastersOpen", seen.disasters_open, "#/system"),
        tile("certificatesEnding", seen.certificates_ending, "#/system")),
    table(word("silent"), [[word("insurerNumber"), (one) => one.insurer_number], [word("name"), (one) => one.name],
        [word("lastHeard"), (one) => moment(one.last_heard_at) || word("never")]], seen.silent_insurers)];
};

const bar = (part, whole) => whole === 0 ? "" : el("span", {}, el("progress", { max: String(whole), value: String(part),
    "aria-label": word("share") }), ` ${(100 * part / whole).toFixed(1)} %`);

const compliance = async ([insurer]) => {
    if (insurer !== undefined)
        return [el("h1", {}, `${word("compliance")}: ${insurer}`), el("p", {}, el("a", { href: "#/compliance" }, word("all"))),
            list(word("breaches"), "breaches", { insurer_number: insurer }, [
                [word("recordedAt"), (one) => moment(one.recorded_at)], [word("kind"), (one) => value(one.kind)],
                [word("dueOn"), (one) => day(one.due_on)], [word("doneOn"), (one) => day(one.done_on)],
                [word("batchNumber"), (one) => one.batch_number], [word("row"), (one) => number(one.row_no), true]]),
            list(word("holds"), "holds", { insurer_number: insurer }, holdColumns())];
    return [title("compliance"), list(word("compliance"), "compliance", {}, [
        [word("insurerNumber"), (one) => el("a", { href: `#/compliance/${one.insurer_number}` }, one.insurer_number)],
        [word("name"), (one) => one.name],
        [word("overdueNow"), (one) => el("span", { class: one.overdue_now > 0 ? "bad" : undefined }, number(one.overdue_now)), true],
        [word("late"), (one) => number(one.late), true], [word("inTime"), (one) => number(one.in_time), true],
        [word("share"), (one) => bar(one.in_time, one.in_time + one.late)],
        [word("openNow"), (one) => number(one.open_now), true], [word("dueSoon"), (one) => number(one.due_soon), true],
        [word("medianLag"), (one) => number(one.lag_median), true]], (page) => el("p", { class: "quiet" }, `${page.from} – ${page.until}`))];
};

const batchProgress = (one) => one.rows > 0 && one.state === "applying"
    ? bar(one.applied + one.held + one.refused, one.rows)
    : one.state === "receiving" && one.announced_bytes > 0 ? bar(one.received_bytes, one.announced_bytes) : "";

const batchActs = (one) => el("span", {},
    one.state === "waits_for_release" && may("batch_let_go") ? button(word("release"), one.batch_number, () => reasonForm(word("release"),
        (told) => act("POST", `batches/${one.batch_number}/release`, told, one.etag))) : "", " ",
    ["receiving", "received", "checking", "waits_for_release"].includes(one.state) && may("batch_stop")
        ? button(word("stop"), one.batch_number, () => reasonForm(word("stop"),
            (told) => act("POST", `batches/${one.batch_number}/stop`, told, one.etag))) : "", " ",
    one.failures > 0 && may("batch_retry") ? button(word("retry"), one.batch_number,
        () => act("POST", `batches/${one.batch_number}/retry`, undefined, one.etag)) : "");

const batches = async () => [title("batches"), list(word("batches"), "batches", {}, [
    [word("batchNumber"), (one) => one.batch_number], [word("insurerNumber"), (one) => one.insurer_number],
    [word("state"), (one) => el("span", { class: one.failures > 0 ? "bad" : undefined }, value(one.state))],
    [word("progress"), batchProgress], [word("rows"), (one) => number(one.rows), true],
    [word("applied"), (one) => number(one.applied), true], [word("held"), (one) => number(one.held), true],
    [word("refused"), (one) => number(one.refused), true], [word("openedAt"), (one) => moment(one.opened_at)],
    [word("acts"), batchActs]])];

const holdColumns = () => [
    [word("holdNumber"), (one) => one.hold_number], [word("insurerNumber"), (one) => one.insurer_number],
    [word("kind"), (one) => String(one.kind)], [word("openedAt"), (one) => moment(one.opened_at)], [word("dueOn"), due],
    [word("acts"), (one) => may("hold_show") ? button(word("showPerson"), one.hold_number, () => reasonForm(word("showPerson"),
        (told) => act("POST", `holds/${one.hold_number}/show`, told))) : ""]];

const doubts = async ([which]) => {
    const overdue = which === "overdue" ? "yes" : undefined;
    return [title("doubts"),
        el("p", {}, el("a", { href: overdue ? "#/doubts" : "#/doubts/overdue" }, word(overdue ? "all" : "onlyOverdue"))),
        list(word("holds"), "holds", { overdue }, holdColumns()),
        list(word("tickets"), "discrepancies", { overdue }, [
            [word("ticketNumber"), (one) => one.ticket_number], [word("facilityCode"), (one) => one.facility_code],
            [word("insurerNumber"), (one) => one.insurer_number], [word("openedAt"), (one) => moment(one.opened_at)],
            [word("dueOn"), due], [word("state"), (one) => word(one.is_open ? "isOpen" : "answered")]]),
        list(word("reviews"), "reviews", {}, [
            [word("openedAt"), (one) => moment(one.opened_at)], [word("facilityCode"), (one) => one.facility_code],
            [word("dueOn"), (one) => el("span", { class: one.is_overdue ? "late" : undefined }, moment(one.review_due_at),
                one.is_overdue ? ` ${word("overdue")}` : "")]]),
        ask("GET", "statistics/verdicts").then((verdicts) => table(word("verdicts"), [[word("month"), (one) => one.month.slice(0, 7)], [word("kind"), (one) => String(one.kind)],
            ...["raised", "isOpen", "corrected", "confirmed", "withdrawn", "settled"].map((name) => [word(name),
                (one) => number(one[name === "isOpen" ? "open" : name]), true])], [...verdicts.items].reverse()))];
};

const select = (name, label, words, chosen) => el("label", {}, label, el("br"), el("select", { name },
    el("option", { value: "" }, word("all")), words.map((one) => el("option", { value: one, selected: one === chosen }, value(one)))));

const facilityFields = () => [
    { name: "facility_code", label: word("facilityCode"), required: true }, { name: "name", label: word("name"), required: true },
    { name: "kind", label: word("kind"), list: KINDS, required: true },
    { name: "prefecture", label: word("prefecture"), kind: "number", required: true },
    { name: "status", label: word("status"), list: STATUSES }, { name: "rights", label: word("rights"), list: RIGHTS },
    { name: "valid_from", label: word("validFrom"), kind: "date", required: true }];

const another = (facilityCode) => facilityCode === undefined ? "" : el("a", { href: `#/facilities/${facilityCode}` }, facilityCode);

const facility = async (facilityCode) => {
    const seen = await ask("GET", `facilities/${encodeURIComponent(facilityCode)}`);
    return [el("h1", {}, seen.name), el("p", {}, el("a", { href: "#/facilities" }, word("all"))),
        el("dl", { class: "facts" }, [["facilityCode", seen.facility_code], ["kind", value(seen.kind)], ["prefecture", String(seen.prefecture)],
            ["state", value(seen.state)], ["status", seen.state === seen.status ? "" : value(seen.status)], ["rights", value(seen.rights)], ["validFrom", day(seen.valid_from)], ["validTo", day(seen.valid_to)],
            ["predecessor", another(seen.predecessor_code)], ["successor", another(seen.successor_code)]]
            .flatMap(([name, text]) => text === "" ? [] : [el("dt", {}, word(name)), el("dd", {}, text)])),
        may("facility_change") ? button(word("change"), seen.facility_code, () => form(word("change"), [
            { name: "name", label: word("name"), text: seen.name },
            { name: "status", label: word("status"), list: STATUSES, text: seen.status, required: true },
            { name: "rights", label: word("rights"), list: RIGHTS, text: seen.rights, required: true },
            { name: "valid_to", label: word("validTo"), kind: "date" }],
        (told) => act("PUT", `facilities/${seen.facility_code}`, told, seen.etag))) : "",
        may("facility_exempt") ? button(word("exemptTitle"), seen.facility_code, () => form(word("exemptTitle"), [
            { name: "kind", label: word("reason"), list: EXEMPTIONS, required: true },
            { name: "valid_from", label: word("validFrom"), kind: "date", required: true },
            { name: "valid_to", label: word("validTo"), kind: "date" }],
        (told) => act("POST", `facilities/${seen.facility_code}/exemption`, told, seen.etag))) : "",
        may("facility_close") && seen.state !== "closed" ? button(word("closeTitle"), seen.facility_code, () => form(word("closeTitle"), [
            { name: "valid_to", label: word("validTo"), kind: "date", required: true }, { name: "successor_code", label: word("successor") }],
        (told) => act("POST", `facilities/${seen.facility_code}/closure`, told, seen.etag))) : "",
        seen.exemptions === undefined ? "" : table(word("exemptions"), [[word("reason"), (one) => value(one.kind)],
            [word("validFrom"), (one) => day(one.valid_from)], [word("validTo"), (one) => day(one.valid_to)]], seen.exemptions),
        table(word("history"), [[word("since"), (one) => moment(one.since)], [word("status"), (one) => value(one.status)]], seen.history),
        may("certificates") ? list(word("certificates"), "certificates", { facility_code: seen.facility_code }, certificateColumns()) : ""];
};

const facilities = async ([first, kind, state]) => {
    if (first !== undefined && /^[0-9]{10}$/.test(first)) return facility(first);
    const search = el("form", {
        class: "fields",
        onsubmit: (event) => {
            event.preventDefault();
            const told = event.target.elements;
            location.hash = /^[0-9]{10}$/.test(told.code.value) ? `#/facilities/${told.code.value}`
                : `#/facilities/${told.prefecture.value}/${told.kind.value}/${told.state.value}`;
        },
    }, el("label", {}, word("facilityCode"), el("br"), el("input", { name: "code", maxlength: "10", inputmode: "numeric" })),
    el("label", {}, word("prefecture"), el("br"), el("input", { name: "prefecture", type: "number", min: "1", max: "47", value: first ?? "" })),
    select("kind", word("kind"), KINDS, kind), select("state", word("state"), STATES, state),
    el("button", { class: "main" }, word("search")));
    return [title("facilities"), search,
        may("facility_admit") ? el("p", {}, el("button", { type: "button", onclick: () => form(word("admitTitle"), facilityFields(),
            (told) => act("POST", "facilities", told)) }, word("admitTitle"))) : "",
        list(word("facilities"), "facilities", { prefecture: first, kind, state }, [
            [word("facilityCode"), (one) => el("a", { href: `#/facilities/${one.facility_code}` }, one.facility_code)],
            [word("name"), (one) => one.name], [word("kind"), (one) => value(one.kind)],
            [word("prefecture"), (one) => String(one.prefecture), true], [word("state"), (one) => value(one.state)]])];
};

const shown = (result) => {
    if (result === null || result.result?.coverage === undefined) return;
    const dialog = el("dialog", { "aria-labelledby": "shown-title" }, el("h2", { id: "shown-title" }, word("coverage")),
        table(word("coverage"), [[word("insurerNumber"), (one) => one.insurer_number], [word("symbol"), (one) => one.symbol],
            [word("number"), (one) => one.number], [word("validFrom"), (one) => day(one.valid_from)]], result.result.coverage),
        el("button", { type: "button", onclick: () => dialog.close() }, word("close")));
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
};

const approvals = async () => [title("approvals"), list(word("proposals"), "proposals", {}, [
    [word("number"), (one) => one.proposal_number], [word("act"), (one) => one.act], [word("to"), (one) => one.to],
    [word("how"), (one) => el("code", {}, JSON.stringify(one.how).slice(0, 300))], [word("by"), (one) => one.proposed_by],
    [word("until"), (one) => moment(one.until)], [word("state"), (one) => value(one.state)],
    [word("acts"), (one) => one.state !== "waiting" ? "" : el("span", {},
        may("proposal_approve") && may(one.act) ? button(word("approve"), one.proposal_number,
            async () => shown(await act("POST", `proposals/${one.proposal_number}/approve`, undefined, one.etag))) : "", " ",
        may("proposal_refuse") ? button(word("refuse"), one.proposal_number, () => reasonForm(word("refuse"),
            (told) => act("POST", `proposals/${one.proposal_number}/refuse`, told, one.etag))) : "")]])];

const audit = async ([asked, facilityCode]) => {
    const search = el("form", {
        class: "fields",
        onsubmit: (event) => {
            event.preventDefault();
            location.hash = `#/audit/${event.target.elements.day.value}/${event.target.elements.code.value}`;
        },
    }, el("label", {}, word("day"), el("br"), el("input", { name: "day", type: "date", value: asked ?? "" })),
    el("label", {}, word("facilityCode"), el("br"), el("input", { name: "code", maxlength: "10", inputmode: "numeric", value: facilityCode ?? "" })),
    el("button", { class: "main" }, word("search")));
    return [title("audit"),
        list(word("journal"), "journal", {}, [[word("recordedAt"), (one) => moment(one.done_at)], [word("by"), (one) => one.operator_number],
            [word("act"), (one) => one.act], [word("to"), (one) => one.to], [word("outcome"), (one) => one.outcome]]),
        may("accesses") ? section(el("h2", {}, word("accesses")), search,
            list(word("accesses"), "accesses", { day: asked, facility_code: facilityCode }, [
                [word("recordedAt"), (one) => moment(one.recorded_at)], [word("holder"), (one) => value(one.holder)],
                [word("facilityCode"), (one) => one.facility_code], [word("route"), (one) => String(one.route), true],
                [word("way"), (one) => one.way], [word("refused"), (one) => one.refused ? "✓" : ""],
                [word("person"), (one) => one.person?.slice(0, 8)]])) : ""];
};

const certificateColumns = () => [
    [word("serial"), (one) => one.serial], [word("holder"), (one) => `${value(one.holder)} ${one.facility_code ?? one.insurer_number ?? ""}`],
    [word("notAfter"), (one) => moment(one.not_after)],
    [word("acts"), (one) => one.revoked_at === undefined && may("certificate_revoke") ? button(word("revoke"), one.serial,
        () => reasonForm(word("revoke"), (told) => act("POST", `certificates/${one.certificate_number}/revoke`, told, one.etag)))
        : moment(one.revoked_at)]];

const soon = () => new Date(Date.now() + 30 * 86400_000).toISOString().slice(0, 10);

const system = async () => [title("system"),
    section(list(word("disasters"), "disasters", {}, [
        [word("prefecture"), (one) => String(one.prefecture)], [word("openedAt"), (one) => moment(one.opened_at)],
        [word("until"), (one) => moment(one.closed_at ?? one.closes_at)], [word("reason"), (one) => one.reason],
        [word("acts"), (one) => one.closed_at === undefined && may("disaster_end") ? button(word("close"), one.disaster_number,
            () => act("POST", `disasters/${one.disaster_number}/close`, undefined, one.etag)) : ""]]),
    may("disaster_begin") ? el("button", { type: "button", onclick: () => form(word("openDisaster"), [
        { name: "prefecture", label: word("prefecture"), kind: "number", required: true },
        { name: "hours", label: word("hours"), kind: "number", required: true, text: "72" },
        { name: "reason", label: word("reason"), required: true }], (told) => act("POST", "disasters", told)) }, word("openDisaster")) : ""),
    list(word("alarms"), "alarms", {}, [[word("facilityCode"), (one) => el("a", { href: `#/facilities/${one.facility_code}` }, one.facility_code)],
        [word("name"), (one) => one.name], [word("since"), (one) => moment(one.raised_at)], [word("pattern"), (one) => one.pattern],
        [word("status"), (one) => value(one.status)]]),
    may("certificates") ? list(word("certificates"), "certificates", { ends_before: soon() }, certificateColumns()) : "",
    list(word("jobs"), "jobs", {}, [[word("receptionNumber"), (one) => one.reception_number], [word("facilityCode"), (one) => one.facility_code],
        [word("openedAt"), (one) => moment(one.received_at)], [word("progress"), (one) => bar(one.done, one.items)]]),
    may("unlinks") ? list(word("unlinks"), "unlinks", {}, [[word("number"), (one) => one.unlink_number],
        [word("insurerNumber"), (one) => one.insurer_number], [word("from"), (one) => moment(one.linked_at)],
        [word("until"), (one) => moment(one.unlinked_at)]]) : "",
    may("operators") ? list(word("operators"), "operators", {}, [[word("number"), (one) => one.operator_number],
        [word("name"), (one) => one.name], [word("role"), (one) => value(one.role)], [word("validTo"), (one) => day(one.valid_to)]]) : "",
    section(list(word("parameters"), "parameters", {}, [[word("name"), (one) => one.name], [word("validFrom"), (one) => day(one.valid_from)],
        [word("value"), (one) => one.value], [word("unit"), (one) => one.unit], [word("source"), (one) => one.source]]),
    may("parameter_set") ? el("button", { type: "button", onclick: () => form(word("setParameter"), [
        { name: "name", label: word("name"), required: true }, { name: "valid_from", label: word("validFrom"), kind: "date", required: true },
        { name: "value", label: word("value"), required: true }, { name: "source", label: word("source"), required: true }],
    (told) => act("POST", "parameters", told)) }, word("setParameter")) : ""),
    section(list(word("codes"), "codes", {}, [[word("codeList"), (one) => one.list], [word("codeOf"), (one) => one.code],
        [word("name"), (one) => code() === "ja" ? one.name_ja : one.name_en], [word("validFrom"), (one) => day(one.valid_from)],
        [word("validTo"), (one) => day(one.valid_to)]]),
    may("code_set") ? el("button", { type: "button", onclick: () => form(word("setCode"), [
        { name: "list", label: word("codeList"), required: true }, { name: "code", label: word("codeOf"), required: true },
        { name: "valid_from", label: word("validFrom"), kind: "date", required: true }, { name: "name_ja", label: word("nameJa") },
        { name: "name_en", label: word("nameEn") }], (told) => act("POST", "codes", told)) }, word("setCode")) : ""),
    section(list(word("holidays"), "holidays", {}, [[word("day"), (one) => day(one.day)], [word("name"), (one) => one.name]]),
        may("holiday_set") ? el("button", { type: "button", onclick: () => form(word("addHoliday"), [
            { name: "day", label: word("day"), kind: "date", required: true }, { name: "name", label: word("name"), required: true }],
        (told) => act("POST", "holidays", told)) }, word("addHoliday")) : "")];

// A chart for eyes; the table beside it says the same to everybody.
const chart = (caption, months, lines) => {
    if (months.length < 2) return "";
    const place = el("div", { role: "img", "aria-label": caption });
    const ink = getComputedStyle(document.documentElement).getPropertyValue("--ink").trim();
    const colours = ["#0b6fc2", "#b45309", "#15803d"], dashes = [[], [8, 4], [2, 4]];
    const axis = { stroke: ink, grid: { stroke: "#8884" } };
    const plot = new window.uPlot({ width: CHART_WIDTH, height: 260, cursor: { show: false }, axes: [axis, { ...axis, size: 90 }], series: [{},
        ...lines.map(([label], at) => ({ label, stroke: colours[at], dash: dashes[at], width: 2 }))] },
    [months.map((month) => Date.parse(month) / 1000), ...lines.map(([, counts]) => counts)]);
    place.append(plot.root);
    new ResizeObserver(([seen]) => plot.setSize({ width: Math.max(1, Math.min(CHART_WIDTH, Math.floor(seen.contentRect.width))), height: 260 }))
        .observe(place);
    return el("figure", {}, el("figcaption", {}, caption), place);
};

const sums = (items, names) => {
    const months = [...new Set(items.map((one) => one.month))];
    return [months, names.map((name) => months.map((month) => items.filter((one) => one.month === month)
        .reduce((sum, one) => sum + one[name], 0)))];
};

const traffic = async () => {
    const [checks, uses, reasons] = await Promise.all(["checks", "uses", "reasons"].map((name) => ask("GET", `statistics/${name}`)));
    const [months, [card, byNumber, lists]] = sums(checks.items, ["by_card", "by_number", "in_lists"]);
    const counts = (names) => names.map((name) => [word(name), (one) => number(one[name]), true]);
    return [title("traffic"), el("p", { class: "quiet" }, `${word("countedAt")} ${moment(checks.counted_at) || word("never")}`),
        chart(word("checks"), months, [[word("by_card"), card], [word("by_number"), byNumber], [word("in_lists"), lists]]),
        table(word("checks"), [[word("month"), (one) => one.month.slice(0, 7)], [word("kind"), (one) => value(one.facility_kind)],
            ...counts(["by_card", "by_number", "in_lists", "total"])], [...checks.items].reverse()),
        table(word("uses"), [[word("month"), (one) => one.month.slice(0, 7)], [word("kind"), (one) => value(one.facility_kind)],
            ...counts(["checkups", "drugs", "treatments", "operations"])], [...uses.items].reverse()),
        table(word("reasons"), [[word("insurerNumber"), (one) => el("a", { href: `#/compliance/${one.insurer_number}` }, one.insurer_number)],
            [word("name"), (one) => one.name], [word("reason"), (one) => value(one.reason)], [word("count"), (one) => number(one.answers), true]],
        reasons.items)];
};

const rollout = async ([prefecture]) => {
    const seen = await ask("GET", "statistics/rollout");
    const one = { facilities: 0, obliged: 0, registered: 0, ready: 0, operating: 0, exempt: 0 };
    const add = (rows, key) => Object.values(rows.reduce((all, row) => {
        const held = all[row[key]] ??= { ...one, [key]: row[key] };
        for (const name of Object.keys(one)) held[name] += row[name];
        return all;
    }, {}));
    const columns = [[word("all"), (row) => number(row.facilities), true], [word("obliged"), (row) => number(row.obliged), true],
        [word("registered"), (row) => bar(row.registered, row.facilities)], [word("ready"), (row) => bar(row.ready, row.facilities)],
        [word("operatingShort"), (row) => bar(row.operating, row.facilities)], [word("exempt"), (row) => number(row.exempt), true]];
    const rows = prefecture === undefined ? seen.items : seen.items.filter((row) => String(row.prefecture) === prefecture);
    return [title("rollout", prefecture === undefined ? "" : `: ${prefecture}`), el("p", { class: "quiet" }, seen.as_of),
        prefecture === undefined ? "" : el("p", {}, el("a", { href: "#/rollout" }, word("all"))),
        table(word("byKind"), [[word("kind"), (row) => value(row.facility_kind)], ...columns], add(rows, "facility_kind")),
        prefecture === undefined ? table(word("byPrefecture"), [[word("prefecture"),
            (row) => el("a", { href: `#/rollout/${row.prefecture}` }, String(row.prefecture))], ...columns], add(rows, "prefecture")) : ""];
};

export const views = {
    today: { draw: today, again: TODAY_AGAIN_MS },
    traffic: { draw: traffic },
    rollout: { draw: rollout },
    compliance: { draw: compliance },
    batches: { draw: batches, again: BATCH_AGAIN_MS },
    doubts: { draw: doubts },
    facilities: { draw: facilities },
    approvals: { draw: approvals },
    audit: { draw: audit, needs: "journal" },
    system: { draw: system },
};
