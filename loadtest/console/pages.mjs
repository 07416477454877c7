// How long an operator waits for each page: from opening it, or from the click that leads there, until its figures are painted.
// Standard input as in tests/console/visitor.mjs, and { rounds, insurer, facility, prefecture, question }. JSON comes out.
import assert from "node:assert/strict";
import { browser, complaints, given, linksOf, signIn, turnTo, visitor } from "../../tests/console/visitor.mjs";

const taken = {}; // page -> language -> way -> milliseconds
const note = (name, language, way, ms) => ((taken[name] ??= {})[language] ??= {})[way] = [...taken[name][language][way] ?? [], ms];

// In the page: leads there as a click would, and waits until what the view draws is in place and painted.
const lead = (hash) => new Promise((resolve, reject) => {
    const main = document.querySelector("main");
    const isThere = () => location.hash === hash && main.dataset.shown === hash;
    const began = performance.now();
    const heard = new MutationObserver(() => {
        if (document.querySelector("#told .bad") !== null) reject(new Error(document.querySelector("#told .bad").textContent));
        if (!isThere()) return;
        heard.disconnect();
        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
    });
    heard.observe(document.body, { childList: true, subtree: true, attributes: true });
    const link = document.querySelector(`nav a[href="${hash}"]`);
    if (link === null) location.hash = hash;
    else link.click();
});

// In the page, after it was opened anew: from the beginning of the navigation.
const opened = (hash) => new Promise((resolve) => {
    const main = document.querySelector("main");
    const look = () => {
        if (main.dataset.shown === hash) requestAnimationFrame(() => setTimeout(() => resolve(performance.now())));
        else requestAnimationFrame(look);
    };
    look();
});

const size = (page) => page.evaluate(() => document.querySelectorAll("main tbody tr").length);

const office = async () => {
    const page = await signIn("auditor");
    const deeper = [`#/compliance/${given.insurer}`, "#/doubts/overdue", `#/facilities/${given.facility}`, `#/facilities/${given.prefecture}//`,
        `#/facilities/${given.prefecture}/pharmacy/operating`, `#/rollout/${given.prefecture}`, `#/audit/${given.day}/`,
        `#/audit/${given.day}/${given.asked}`];
    const names = { [deeper[0]]: "compliance of one insurer", [deeper[2]]: "one facility", [deeper[3]]: "facilities of a prefecture",
        [deeper[4]]: "its pharmacies in operation", [deeper[5]]: "roll-out of a prefecture", [deeper[6]]: "audit of a day",
        [deeper[7]]: "audit of a day and a facility" };
    const addresses = [...await linksOf(page), ...deeper];
    const rows = {};
    for (const language of ["ja", "en"]) {
        await turnTo(page, language);
        for (let round = 0; round < given.rounds; round++)
            for (const address of addresses) {
                const name = names[address] ?? address.slice(2);
                note(name, language, "click", await page.evaluate(lead, address));
                rows[name] = await size(page);
            }
        for (let round = 0; round < given.rounds; round++)
            for (const address of addresses) {
                await page.evaluate((hash) => { history.replaceState(null, "", hash); }, address);
                await page.reload();
                note(names[address] ?? address.slice(2), language, "open", await page.evaluate(opened, address));
                assert.equal(await page.locator("#told .bad").count(), 0, address);
            }
    }
    return rows;
};

// The second page of a list, and of one that is long already.
const more = async () => {
    const page = await signIn("registrar");
    for (const language of ["ja", "en"]) {
        await turnTo(page, language);
        for (const name of ["facilities", "batches"]) {
            await page.evaluate(lead, "#/approvals");
            await page.evaluate(lead, `#/${name}`);
            for (let round = 0; round < given.rounds; round++)
                note(`${name}: show more`, language, "click", await page.evaluate(() => new Promise((resolve) => {
                    const main = document.querySelector("main"), had = main.querySelectorAll("tbody tr").length, began = performance.now();
                    const heard = new MutationObserver(() => {
                        if (main.querySelectorAll("tbody tr").length <= had) return;
                        heard.disconnect();
                        requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
                    });
                    heard.observe(main, { childList: true, subtree: true });
                    main.querySelector("section > button").click();
                })));
        }
    }
};

const signingIn = async () => {
    for (let round = 0; round < given.rounds; round++) {
        const page = await visitor("viewer", given.office);
        await page.getByRole("textbox").waitFor();
        note("sign-in", "ja", "open", await page.evaluate(() => performance.now()));
        await page.context().close();
    }
};

const facility = async () => {
    const page = await visitor("hospital", given.serve);
    for (let round = 0; round < given.rounds; round++) {
        await page.reload();
        await page.locator("#ask").waitFor();
        note("facility's page", "ja", "open", await page.evaluate(() => performance.now()));
        for (const [name, fact] of Object.entries(given.question)) await page.locator(`#${name}`).fill(fact);
        note("facility's page: answer", "ja", "click", await page.evaluate(() => new Promise((resolve) => {
            const began = performance.now();
            const heard = new MutationObserver(() => {
                if (document.querySelector("#answer .verdict") === null) return;
                heard.disconnect();
                requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
            });
            heard.observe(document.querySelector("#answer"), { childList: true });
            document.querySelector("#ask").click();
        })));
    }
};

try {
    const rows = await office();
    await more();
    await signingIn();
    await facility();
    assert.deepEqual(complaints, []);
    console.log(JSON.stringify({ taken, rows }));
} finally {
    await browser.close();
}
