// The console: signs in, asks the office's endpoints, and shows the view that the address names.
import { word, value, code, turn, moment } from "./words.js";
import { views } from "./views.js";

const place = (id) => document.getElementById(id);
const REST_MS = 10_000;
let self = null;
let running = 0;

export const el = (name, facts = {}, ...inner) => {
    const made = document.createElement(name);
    for (const [key, fact] of Object.entries(facts)) {
        if (key.startsWith("on")) made.addEventListener(key.slice(2), fact);
        else if (typeof fact === "boolean") made.toggleAttribute(key, fact);
        else if (fact !== undefined) made.setAttribute(key, fact);
    }
    made.append(...inner.flat().filter((one) => one !== undefined && one !== null));
    return made;
};

export const tell = (text, isBad = false) => place("told").replaceChildren(el("p", { class: isBad ? "notice bad" : "notice" }, text));

class Problem extends Error {
    constructor(status, problem) {
        super(problem?.title ?? word("unreachable"));
        this.status = status;
        this.problem = problem;
    }

    get words() {
        const told = code() === "ja" ? this.problem?.title_ja ?? this.message : this.message;
        const fields = (this.problem?.errors ?? []).map((one) => [one.field, one.reason].filter(Boolean).join(": ")).filter(Boolean);
        return [told, ...fields].join(" — ");
    }
}

export const ask = async (method, path, body, etag) => {
    const heads = { "X-Request-Id": crypto.randomUUID(), Accept: "application/json", "Accept-Language": code() };
    const token = sessionStorage.getItem("token");
    if (token) heads.Authorization = `Bearer ${token}`;
    if (body !== undefined) heads["Content-Type"] = "application/json";
    if (etag !== undefined) heads["If-Match"] = etag;
    let reply;
    // Whoever is told to come later does so, with the same number: it is done once.
    for (let times = 0; ; times++) {
        try {
            reply = await fetch(`/v1/admin/${path}`,
                { method, headers: heads, body: body === undefined ? undefined : JSON.stringify(body) });
        } catch {
            throw new Problem(0, null);
        }
        const seconds = Number(reply.headers.get("Retry-After"));
        if (reply.status !== 503 || !seconds || times === 3) break;
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
    const told = await reply.json().catch(() => null);
    if (!reply.ok) throw new Problem(reply.status, told);
    return told;
};

export const may = (act) => self !== null && self.acts.includes(act);

// Whatever changes something: what came of it is told, and the view is made anew.
export const act = async (method, path, body, etag) => {
    try {
        const told = await ask(method, path, body, etag);
        tell(told.proposal_number && told.until ? `${word("waitsForSecond")} ${told.proposal_number}` : word("done"));
        await show();
        return told;
    } catch (problem) {
        failed(problem);
        return null;
    }
};

// A form in a dialog; its fields are { name, label, kind, list, required, text }.
export const form = (title, fields, send) => {
    const inputs = fields.map((field) => {
        const input = field.list
            ? el("select", { name: field.name, required: field.required === true },
                field.required ? [] : el("option", { value: "" }, ""),
                field.list.map((one) => el("option", { value: one, selected: one === field.text }, value(one))))
            : el("input", { name: field.name, type: field.kind ?? "text", required: field.required === true, value: field.text ?? "" });
        return el("label", {}, field.label, el("br"), input);
    });
    const dialog = el("dialog", { "aria-labelledby": "form-title" });
    const body = el("form", {
        method: "dialog",
        onsubmit: (event) => {
            event.preventDefault();
            const told = {};
            for (const field of fields) {
                const text = body.elements[field.name].value;
                if (text !== "") told[field.name] = field.kind === "number" ? Number(text) : text;
            }
            dialog.close();
            send(told);
        },
    }, el("h2", { id: "form-title" }, title), el("div", { class: "fields" }, inputs),
    el("button", { class: "main" }, word("send")), " ",
    el("button", { type: "button", onclick: () => dialog.close() }, word("close")));
    dialog.append(body);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
};

export const reasonForm = (title, send) => form(title, [{ name: "reason", label: word("reason"), required: true }], send);

export const failed = (problem) => {
    if (problem.status === 401) {
        leave();
        return;
    }
    tell(`${word("failed")}: ${problem.words ?? problem.message}`, true);
};

const leave = () => {
    sessionStorage.removeItem("token");
    self = null;
    show();
};

const signIn = () => {
    const input = el("input", { id: "code", inputmode: "numeric", autocomplete: "one-time-code", pattern: "[0-9]{6}", maxlength: "6",
        required: true });
    const made = el("form", {
        onsubmit: async (event) => {
            event.preventDefault();
            try {
                const session = await ask("POST", "sessions", { code: input.value });
                sessionStorage.setItem("token", session.token);
                place("told").replaceChildren();
                await show();
            } catch (problem) {
                input.value = "";
                input.focus();
                tell(`${word("failed")}: ${problem.words ?? problem.message}`, true);
            }
        },
    }, el("h1", {}, word("signIn")), el("p", {}, word("signInHelp")),
    el("div", { class: "fields" }, el("label", { for: "code" }, word("code"), el("br"), input), el("button", { class: "main" }, word("open"))));
    place("main").replaceChildren(made);
    place("main").lang = code();
    delete place("main").dataset.shown;
    if (document.activeElement !== place("language")) input.focus();
};

const frame = () => {
    document.documentElement.lang = code();
    document.title = word("brand");
    place("skip").textContent = word("skip");
    place("brand").textContent = word("brand");
    place("language").textContent = word("language");
    place("language").lang = code() === "ja" ? "en" : "ja";
    place("leave").textContent = word("leave");
    place("leave").hidden = self === null;
    place("nav").hidden = self === null;
    place("who").textContent = self === null ? "" : `${self.name} (${value(self.role)})`;
    place("nav").setAttribute("aria-label", word("brand"));
};

// Links stay the elements that they are, so that whoever stands on one goes on standing there.
const links = (name) => {
    const list = place("nav").firstElementChild;
    const keys = Object.entries(views).filter(([, view]) => view.needs === undefined || may(view.needs)).map(([key]) => key);
    const hrefs = keys.map((key) => `#/${key}`);
    if ([...list.querySelectorAll("a")].map((one) => one.getAttribute("href")).join() !== hrefs.join())
        list.replaceChildren(...hrefs.map((href) => el("li", {}, el("a", { href }))));
    list.querySelectorAll("a").forEach((link, at) => {
        link.textContent = word(keys[at]);
        if (keys[at] === name) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
    });
};

// What a control is called, so that it is found again in the same view when that is drawn anew.
const callOf = (one) => [one.tagName, one.name, one.getAttribute("aria-label"), one.getAttribute("href"), one.textContent].join("\n");

// Puts what was drawn in the place of what was there. Whoever was in it stays where they were, if that is still there and the
// address is the same; else they begin at the top of it.
const put = (drawn, address, isQuiet) => {
    const main = place("main"), active = document.activeElement;
    const was = main.contains(active) && active !== main ? callOf(active) : null;
    const isSame = main.dataset.shown === address;
    const hasTurned = !isSame && place("nav").contains(active);
    const mayMove = was !== null || !isQuiet && (active === main || active === document.body || hasTurned);
    main.replaceChildren(...drawn);
    main.dataset.shown = address;
    main.lang = code();
    if (!mayMove) return;
    const again = isSame && was !== null
        ? [...main.querySelectorAll("a, button, input, select, [tabindex]")].find((one) => callOf(one) === was) : undefined;
    if (again !== undefined) again.focus();
    else main.focus({ preventScroll: isSame });
};

// Some views are drawn again and again while they are looked at.
const showAgain = (ms) => {
    const turnNo = running;
    setTimeout(() => { if (turnNo === running) show(true); }, ms);
};

// Whoever works in the page, or in a form that it has opened, is not disturbed.
const isWorkedIn = () => document.querySelector("dialog[open]") !== null
    || place("main").contains(document.activeElement) && document.activeElement !== place("main");

// The view that the address names: #/name or #/name/what. It is drawn whole, all its parts side by side, then put in place.
const show = async (isQuiet = false) => {
    if (isQuiet && isWorkedIn()) {
        showAgain(REST_MS);
        return;
    }
    const turnNo = ++running;
    if (sessionStorage.getItem("token") === null) {
        frame();
        signIn();
        return;
    }
    try {
        self ??= await ask("GET", "self");
        const [name, ...rest] = location.hash.slice(2).split("/");
        const view = views[name] ? name : "today";
        frame();
        links(view);
        const address = location.hash;
        const drawn = await Promise.all(await views[view].draw(rest.map(decodeURIComponent)));
        if (turnNo !== running) return;
        put(drawn, address, isQuiet);
        document.title = `${word(view)} — ${word("brand")}`;
        place("as-of").textContent = `${moment(new Date().toISOString())} ${word("asOf")}`;
        if (views[view].again) showAgain(views[view].again);
    } catch (problem) {
        if (turnNo === running) failed(problem);
    }
};

place("language").addEventListener("click", () => { turn(); show(); });
place("leave").addEventListener("click", async () => { await ask("DELETE", "sessions").catch(() => null); leave(); });
place("skip").addEventListener("click", (event) => { event.preventDefault(); place("main").focus(); });
window.addEventListener("hashchange", () => { place("told").replaceChildren(); show(); });
show();
