// Scenarios in a real Chromium. Standard input: { scenario, shots, ... }; whatever does not hold ends with status 1.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { codeOf, given, heading, isAccessible, isDrawn, linksOf, play, shoot, signIn, turnTo, visitor } from "./visitor.mjs";

const PAGE_MS = 1000 * given.slowness;

const scenarios = {
    // Every page, in both languages: no word is missing, nothing is inaccessible, each is there within its time.
    async pages() {
        const page = await visitor("auditor", given.office);
        await isAccessible(page, "sign-in");
        await shoot(page, "office-sign-in");
        await page.getByRole("textbox").fill(codeOf("auditor"));
        await page.keyboard.press("Enter");
        await page.getByRole("navigation").waitFor();
        const links = await linksOf(page);
        assert.ok(links.length >= 8, `${links}`);
        for (const language of ["ja", "en"]) {
            await turnTo(page, language);
            for (const link of links) {
                const before = await heading(page).textContent();
                const name = link.slice(2);
                await page.locator("#language").focus();
                const started = performance.now();
                await page.locator(`nav a[href="${link}"]`).click();
                await isDrawn(page, link);
                const took = performance.now() - started;
                assert.ok(took < PAGE_MS, `${name} took ${Math.round(took)} ms`);
                assert.equal(await page.locator("#told .bad").count(), 0, `${name}: a complaint`);
                const text = await page.locator("body").innerText();
                assert.ok(!/\?[a-z]+[A-Z]?/.test(text) && !text.includes("undefined") && !text.includes("[object"), `${name}: ${text.match(/\?[a-zA-Z]+|undefined|\[object/)}`);
                await isAccessible(page, `${name} ${language}`);
                await shoot(page, `office-${name}-${language}`);
                assert.ok(before !== null);
            }
        }
    },
    // What is dangerous: one operator proposes it in a form, another one carries it out.
    async approval() {
        const first = await signIn("registrar");
        await first.locator('nav a[href="#/system"]').click();
        await first.getByRole("button", { name: "災害時モードを開始する" }).click();
        await first.getByLabel("都道府県").fill("17");
        await first.getByLabel("理由").fill("地震");
        await isAccessible(first, "dialog");
        await first.getByRole("dialog").getByRole("button", { name: "送信する" }).click();
        await first.getByText("別の担当者の承認を待っています").waitFor();
        await first.locator('nav a[href="#/approvals"]').click();
        await first.getByRole("button", { name: /^承認して実行/ }).first().click();
        await first.getByText("別の人による承認が必要です").waitFor();
        const second = await signIn("registrar2");
        await second.locator('nav a[href="#/approvals"]').click();
        await second.getByRole("button", { name: /^承認して実行/ }).first().click();
        await second.getByText("実行しました").waitFor();
        await second.locator('nav a[href="#/system"]').click();
        await second.getByRole("cell", { name: "地震" }).waitFor();
    },
    // A session that is over leads back to the beginning, and to nothing else.
    async over() {
        const page = await signIn("viewer");
        await page.evaluate("sessionStorage.setItem('token', 'A'.repeat(43))");
        await page.locator('nav a[href="#/batches"]').click();
        await page.getByRole("heading", { name: "認証" }).waitFor();
        assert.ok(await page.locator("nav").isHidden());
    },
    // The facility's page: one question, one mistyped, and the morning's list.
    async facility() {
        const page = await visitor("hospital", given.serve);
        await isAccessible(page, "facility");
        for (const [name, fact] of Object.entries(given.question)) await page.locator(`#${name}`).fill(fact);
        const started = performance.now();
        await page.keyboard.press("Enter");
        await page.getByText("有効", { exact: true }).waitFor();
        assert.ok(performance.now() - started < PAGE_MS);
        assert.ok((await page.locator("#answer").innerText()).includes(given.name));
        await isAccessible(page, "answer");
        await shoot(page, "facility-answer");
        await page.locator("#number").fill("99999999");
        await page.locator("#ask").click();
        await page.getByText("該当なし").waitFor();
        assert.ok(!(await page.locator("#answer").innerText()).includes(given.name));
        const lines = ["item_id,insurer_number,symbol,number,branch_number,birth_date",
            ...[given.question.number, "99999998"].map((number, at) => [at, given.question.insurer_number, given.question.symbol, number,
                given.question.branch_number, given.question.birth_date].join(","))];
        await page.locator("#file").setInputFiles({ name: "list.csv", mimeType: "text/csv", buffer: Buffer.from(`\ufeff${lines.join("\r\n")}\r\n`) });
        await page.locator("#upload").click();
        const waiting = page.waitForEvent("download");
        await page.getByRole("link", { name: "結果をダウンロードする" }).click();
        const told = readFileSync(await (await waiting).path(), "utf8").split("\r\n");
        assert.ok(told[1].includes("有効") && told[1].includes(given.name) && told[2].includes("該当なし"), `${told.length}`);
        await page.locator("#file").setInputFiles({ name: "bad.csv", mimeType: "text/csv", buffer: Buffer.from("surprise\r\n1\r\n") });
        await page.locator("#upload").click();
        await page.getByRole("alert").or(page.getByText("結果をダウンロード")).first().waitFor();
        await shoot(page, "facility-list");
    },
};

await play(scenarios);
