// The facility's page: one question, or the morning's list. Nothing is kept in the browser.
const place = (id) => document.getElementById(id);
const POLL_MS = 1000, PAGE = 500;

const el = (name, facts = {}, ...inner) => {
    const made = document.createElement(name);
    for (const [key, fact] of Object.entries(facts))
        if (key.startsWith("on")) made.addEventListener(key.slice(2), fact);
        else if (fact !== undefined) made.setAttribute(key, fact);
    made.append(...inner.flat().filter((one) => one !== undefined && one !== null));
    return made;
};

const ask = async (method, path, body) => {
    const heads = { "X-Request-Id": crypto.randomUUID(), Accept: "application/json", "Accept-Language": "ja" };
    if (body !== undefined) heads["Content-Type"] = "application/json";
    let reply;
    // Whoever is told to come later does so, with the same number: it is done once.
    for (let times = 0; ; times++) {
        try {
            reply = await fetch(path, { method, headers: heads, body: body === undefined ? undefined : JSON.stringify(body) });
        } catch {
            throw new Error("接続できません。通信を確かめて、もう一度お試しください。");
        }
        const seconds = Number(reply.headers.get("Retry-After"));
        if (reply.status !== 503 || !seconds || times === 3) break;
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
    const told = await reply.json().catch(() => null);
    if (reply.ok) return told;
    const fields = (told?.errors ?? []).map((one) => labels[one.field] ?? one.field).filter(Boolean);
    throw new Error([told?.title_ja ?? "処理できませんでした。", ...new Set(fields)].join(" — "));
};

// One at a time. The button keeps its focus meanwhile, which a disabled one would lose.
const begun = (button) => {
    if (place(button).getAttribute("aria-disabled") === "true") return false;
    place(button).setAttribute("aria-disabled", "true");
    return true;
};
const ended = (button) => place(button).removeAttribute("aria-disabled");

const labels = {
    insurer_number: "保険者番号", insurer_name: "保険者名", symbol: "記号", number: "番号", branch_number: "枝番", name: "氏名",
    name_kana: "氏名(カナ)", sex1: "性別", birth_date: "生年月日", address: "住所", acquired_on: "資格取得日", lost_on: "資格喪失日",
    card_expires_on: "有効期限", burden_ratio: "負担割合", relation: "本人・家族", insured_name: "世帯主・被保険者", asked_on: "確認する日",
};
const sexes = { 1: "男", 2: "女", 3: "未設定" };
const relations = { 1: "本人", 2: "家族" };
const verdicts = { in_force: "有効", expired_card_within_transition: "有効(証の期限切れ・経過措置中)", lost: "資格喪失後", not_yet_started: "資格取得前",
    notified_not_registered: "登録手続中", identity_check_pending: "本人確認中", suspended: "表示できません", mistyped: "入力誤りの可能性",
    not_found: "該当なし", ambiguous: "複数該当" };

const text = (name, fact) => name === "burden_ratio" ? `${Number(fact) / 10}割`
    : name === "sex1" ? sexes[fact] ?? fact : name === "relation" ? relations[fact] ?? fact : String(fact);

const facts = (coverage) => el("dl", { class: "facts" }, Object.keys(labels).filter((name) => coverage[name] !== undefined)
    .flatMap((name) => [el("dt", {}, labels[name]), el("dd", {}, text(name, coverage[name]))]));

const show = (answer) => place("answer").replaceChildren(
    el("h2", {}, `${answer.asked_on} の資格`),
    el("p", { class: `verdict ${answer.validity === "1" ? "good" : "bad"}` }, verdicts[answer.reason] ?? answer.reason),
    el("p", { class: "notice" }, answer.advice.reception),
    answer.recheck_field === undefined ? "" : el("p", {}, `もう一度確かめる項目: ${labels[answer.recheck_field] ?? answer.recheck_field}`),
    answer.insurer === undefined ? "" : el("p", {}, `保険者: ${answer.insurer.name} ${answer.insurer.phone ?? ""}`),
    ...answer.coverage.map(facts),
    el("p", { class: "quiet" }, `確認番号 ${answer.confirmation}`),
    el("p", { class: "noprint" }, el("button", { type: "button", onclick: () => window.print() }, "印刷する")));

place("question").addEventListener("submit", async (event) => {
    event.preventDefault();
    const told = event.target.elements, body = {};
    for (const name of ["insurer_number", "symbol", "number", "branch_number", "birth_date", "asked_on"])
        if (told[name].value !== "") body[name] = told[name].value;
    if (told.ceiling_consent.checked) body.ceiling_consent = true;
    if (!begun("ask")) return;
    try {
        show(await ask("POST", "/v1/eligibility/check", body));
    } catch (problem) {
        place("answer").replaceChildren(el("p", { class: "notice bad", role: "alert" }, problem.message));
    }
    ended("ask");
});

// RFC 4180: quotes, doubled quotes, line ends of either kind.
const rows = (content) => {
    const found = [];
    let row = [], cell = "", isQuoted = false;
    for (let at = 0; at < content.length; at++) {
        const sign = content[at];
        if (isQuoted) {
            if (sign !== '"') cell += sign;
            else if (content[at + 1] === '"') { cell += '"'; at++; } else isQuoted = false;
        } else if (sign === '"') isQuoted = true;
        else if (sign === ",") { row.push(cell); cell = ""; } else if (sign === "\n") {
            row.push(cell.replace(/\r$/, ""));
            found.push(row);
            row = [];
            cell = "";
        } else cell += sign;
    }
    if (cell !== "" || row.length > 0) found.push([...row, cell]);
    return found.filter((one) => one.some((part) => part !== ""));
};

// A cell that a spreadsheet would take for a formula is shown as text.
const quoted = (fact) => {
    const plain = String(fact ?? "");
    return `"${(/^[=+\-@\t\r]/.test(plain) ? `'${plain}` : plain).replaceAll('"', '""')}"`;
};

const results = async (number) => {
    const found = [];
    for (let after; ;) {
        const page = await ask("GET", `/v1/eligibility/bulk/${number}/results?limit=${PAGE}${after === undefined ? "" : `&after=${after}`}`);
        found.push(...page.results);
        if (page.next_after === undefined) return found;
        after = page.next_after;
    }
};

const download = (found) => {
    const heads = ["item_no", "item_id", "結果", "案内", "保険者番号", "氏名", "負担割合", "確認番号"];
    const lines = found.map((one) => {
        const answer = one.result, coverage = answer?.coverage?.[0];
        return [one.item_no, one.item_id, answer ? verdicts[answer.reason] ?? answer.reason : one.error?.title_ja ?? "",
            answer?.advice?.reception, coverage?.insurer_number, coverage?.name,
            coverage?.burden_ratio === undefined ? "" : text("burden_ratio", coverage.burden_ratio), answer?.confirmation].map(quoted).join(",");
    });
    const url = URL.createObjectURL(new Blob([`\ufeff${[heads.map(quoted).join(","), ...lines].join("\r\n")}\r\n`], { type: "text/csv" }));
    return el("a", { href: url, download: "results.csv", class: "button" }, "結果をダウンロードする");
};

place("bookings").addEventListener("submit", async (event) => {
    event.preventDefault();
    const say = (...parts) => place("list").replaceChildren(...parts);
    if (!begun("upload")) return;
    try {
        const [heads, ...lines] = rows((await place("file").files[0].text()).replace(/^\ufeff/, ""));
        const items = lines.map((line) => Object.fromEntries(heads.map((name, at) => [name.trim(), (line[at] ?? "").trim()])
            .filter(([, fact]) => fact !== "")));
        const { reception_number: number } = await ask("POST", "/v1/eligibility/bulk", { items });
        for (;;) {
            const standing = await ask("GET", `/v1/eligibility/bulk/${number}`);
            say(el("p", {}, `受付番号 ${number}: ${standing.done} / ${standing.item_count} 件`), el("progress", {
                max: String(standing.item_count), value: String(standing.done), "aria-label": "進捗" }));
            if (standing.done === standing.item_count) break;
            await new Promise((resolve) => { setTimeout(resolve, POLL_MS); });
        }
        const found = await results(number);
        say(el("p", {}, `受付番号 ${number}: ${found.length} 件の確認が終わりました。`), download(found));
    } catch (problem) {
        say(el("p", { class: "notice bad", role: "alert" }, problem.message));
    }
    ended("upload");
});
