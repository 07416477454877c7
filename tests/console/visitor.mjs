// Whoever looks at a page in a real Chromium. Standard input is { modules, pki, office, serve, secrets, slowness, shots, ... }.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

export const given = JSON.parse(readFileSync(0, "utf8"));
const require = createRequire(`${given.modules}/`);
const { chromium } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const STEP_MS = 30_000;
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

// RFC 6238.
const code = (secret, step) => {
    const count = Buffer.alloc(8);
    count.writeBigUInt64BE(BigInt(step));
    const mac = createHmac("sha1", Buffer.from(secret, "hex")).update(count).digest();
    return String((mac.readUInt32BE(mac.at(-1) & 15) & 0x7fffffff) % 1_000_000).padStart(6, "0");
};
export const codeOf = (who) => code(given.secrets[who], Math.floor(Date.now() / STEP_MS));

export const complaints = [];
export const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });

export const visitor = async (who, base, more = {}) => {
    const context = await browser.newContext({ ignoreHTTPSErrors: true, acceptDownloads: true, viewport: { width: 1280, height: 900 }, ...more,
        clientCertificates: [{ origin: base, certPath: `${given.pki}/${who}.pem`, keyPath: `${given.pki}/${who}.key` }] });
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(`${error}`));
    page.on("console", (line) => { if (line.type() === "error" && !/Failed to load resource/.test(line.text())) complaints.push(line.text()); });
    await page.goto(`${base}/`);
    return page;
};

export const signIn = async (who, more) => {
    const page = await visitor(who, given.office, more);
    await page.getByRole("textbox").fill(codeOf(who));
    await page.keyboard.press("Enter");
    await page.getByRole("navigation").or(page.locator("#told .bad")).first().waitFor();
    assert.equal(await page.locator("#told").textContent(), "");
    return page;
};

export const isAccessible = async (page, name, rules = RULES) => {
    const found = await page.evaluate(`${axe}; axe.run(document, { runOnly: ${JSON.stringify(rules)} })`);
    assert.deepEqual(found.violations.map((one) => [name, one.id, one.nodes.map((node) => node.target.join(" ")).slice(0, 3)]), []);
};

export const shoot = (page, name) => page.screenshot({ path: `${given.shots}/${name}.png`, fullPage: true });
export const heading = (page) => page.locator("main h1");
export const linksOf = (page) => page.locator("nav a").evaluateAll((links) => links.map((link) => link.getAttribute("href")));

// In the page, to wait for; a complaint ends the waiting, too, and says what was wrong.
const until = async (page, what, holds, wanted) => {
    const found = await page.waitForFunction(holds, wanted);
    assert.equal(await found.jsonValue(), true, what);
};

// The view that this address names is drawn, and not the one before it.
export const isDrawn = (page, hash) => until(page, hash, (wanted) => location.hash === wanted
    && document.querySelector("main").dataset.shown === wanted || document.querySelector("#told .bad")?.textContent, hash);

export const turnTo = async (page, language) => {
    if (await page.locator("html").getAttribute("lang") !== language) await page.locator("#language").click();
    await until(page, language, (wanted) => document.querySelector("main").lang === wanted
    || document.querySelector("#told .bad")?.textContent, language);
};

export const play = async (scenarios) => {
    try {
        await scenarios[given.scenario]();
        assert.deepEqual(complaints, []);
    } finally {
        await browser.close();
    }
};
