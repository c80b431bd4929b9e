/** @odoo-module **/
// The till's API, as any page may use it: nothing here is Odoo's.

const KEPT = "loyaltyd.kept.";
const REFUSED = "loyaltyd.refused.";

// What the till says no to. Sending it again cannot help.
export class Refused extends Error {
    constructor(status, problem) {
        super([problem.title, problem.detail, problem.next_step].filter(Boolean).join(": "));
        this.status = status;
    }
}

// These say nothing of the sale: the same request, sent later, may be taken.
const LATER_STATUS = [401, 408, 429];
const LATER_TYPE = ["urn:loyaltyd:problem:unknown-host", "urn:loyaltyd:problem:from-web-page"];

export class Till {
    // timeout is in milliseconds, and the longest that anything here waits.
    constructor({ url, token, timeout, fetch = globalThis.fetch.bind(globalThis), storage = globalThis.localStorage }) {
        Object.assign(this, { url: url.replace(/\/+$/, ""), token, timeout, fetch, storage });
        this.sending = new Map(); // by sale: one request at a time
    }

    // Sends once. Throws Refused, or another error where there is no answer in time: the
    // till is told to be done a little earlier, within what it takes for a budget.
    async call(method, path, body, signal = AbortSignal.timeout(this.timeout)) {
        const answer = await this.fetch(this.url + path, {
            method,
            headers: {
                Authorization: `Bearer ${this.token}`,
                "Content-Type": "application/json",
                "Time-Budget": String(Math.min(Math.max(Math.ceil(this.timeout * 0.8), 50), 10000)),
            },
            body: body && JSON.stringify(body),
            signal,
        });
        if (answer.status === 204) {
            return null;
        }
        const told = await answer.json();
        if (answer.ok) {
            return told;
        }
        if (answer.status >= 500 || LATER_STATUS.includes(answer.status) || LATER_TYPE.includes(told.type)) {
            throw new Error(told.title);
        }
        throw new Refused(answer.status, told);
    }

    quote(basket) {
        return this.call("POST", "/v1/quote", basket);
    }

    // Sets a reward aside; others may have it after 15 minutes.
    hold(hold) {
        return this.call("POST", "/v1/holds", hold);
    }

    // Gives it back.
    release(holdId) {
        return this.call("DELETE", `/v1/holds/${holdId}`);
    }

    // Tells a sale that was paid. It is kept before the first try, so that a page that
    // is closed, and a till that is off, lose nothing: retry sends just that again, and
    // the till counts it once. Throws as call does.
    async complete(saleId, body) {
        return this.keep(saleId, body);
    }

    // Tells what came back of a sale, in the same way, and never before the sale.
    async takeBack(saleId, body) {
        return this.keep(`${saleId}/return/${body.return_id}`, body);
    }

    keep(name, body) {
        const key = KEPT + name;
        if (!this.storage.getItem(key)) {
            this.storage.setItem(key, JSON.stringify(body));
        }
        return this.send(name);
    }

    // Sends what waits, until there is no answer again.
    async retry() {
        for (const name of this.waiting()) {
            try {
                await this.send(name);
            } catch (error) {
                if (!(error instanceof Refused)) {
                    return;
                }
            }
        }
    }

    waiting() {
        return this.named(KEPT);
    }

    // Sales and returns that the till will not have, for a person to look at.
    refused() {
        return this.named(REFUSED);
    }

    named(prefix) {
        return Object.keys(this.storage).filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
    }

    // Sends what is kept under a name: a sale's id, or that and /return/ and the return's.
    send(name) {
        if (!this.sending.has(name)) {
            const signal = AbortSignal.timeout(this.timeout);
            this.sending.set(name, this.sendKept(name, signal).finally(() => this.sending.delete(name)));
        }
        return this.sending.get(name);
    }

    async sendKept(name, signal) {
        const key = KEPT + name;
        const [saleId, what = "complete"] = name.split("/");
        const path = `/v1/sales/${encodeURIComponent(saleId)}/${what}`;
        if (what !== "complete") {
            await this.sendFirst(saleId);
        }
        const body = JSON.parse(this.storage.getItem(key));
        if (!body) {
            return null; // it was sent meanwhile
        }
        try {
            const told = await this.call("POST", path, body, signal);
            this.storage.removeItem(key);
            return told;
        } catch (error) {
            if (!(error instanceof Refused)) {
                throw error;
            }
            if (body.member && !body.holds && error.status !== 409) {
                // A number that is none, or a manager who is wanted: the sale counts all the
                // same, without her. Nothing of the refused request was written.
                delete body.member;
                this.storage.setItem(key, JSON.stringify(body));
                return this.sendKept(name, signal);
            }
            this.storage.setItem(REFUSED + name, JSON.stringify({ body, why: error.message }));
            this.storage.removeItem(key);
            throw error;
        }
    }

    // Sends a sale that waits, before what came back of it. One that is refused is not in
    // the way: the till says so of its return, too.
    async sendFirst(saleId) {
        try {
            await this.send(saleId);
        } catch (error) {
            if (!(error instanceof Refused)) {
                throw error;
            }
        }
    }
}
