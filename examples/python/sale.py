#!/usr/bin/env python3
"""One sale at a till: sale.py URL TOKEN-FILE PHONE. Needs nothing but Python."""
import datetime
import http.client
import json
import sys
import time
import urllib.error
import urllib.request
import uuid

NO_ANSWER = (OSError, http.client.HTTPException, ValueError)  # ValueError: half an answer


class Refused(Exception):
    """The till says no, and what to do."""


class Till:
    """The till's API. Nothing takes longer than its time-out."""

    def __init__(self, url, token, timeout=1.0):
        self.url, self.token, self.timeout = url, token, timeout

    def post(self, path, body):
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps(body).encode(),
            headers={"Authorization": "Bearer " + self.token, "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code >= 500:  # it cannot now: as good as no answer
                raise
            problem = json.load(error)
            raise Refused(f"{problem['title']}: {problem['next_step']}")

    def tell(self, path, body, tries=5, pause=0.5):
        """Sends until there is an answer: what is sent twice counts once."""
        for left in reversed(range(tries)):
            try:
                return self.post(path, body)
            except NO_ANSWER:
                if not left:
                    raise
                time.sleep(pause)


def say(words):
    """Shows the cashier something."""
    print(words, file=sys.stderr)


def set_aside(till, sale_id, member, quote):
    """Sets the first reward aside before she pays; what it takes off, and the hold."""
    offer = quote["offers"][0]
    hold = {"hold_id": str(uuid.uuid4()), "sale_id": sale_id, "member": member, "reward": offer["reward"]}
    till.post("/v1/holds", hold)
    return offer["discount_amount"], [hold["hold_id"]]


def main(url, token_file, phone):
    with open(token_file) as file:
        till = Till(url, file.read().strip())
    member = {"phone": phone}
    lines = [{"sku": "milk", "extended_amount": 1999}, {"sku": "bread", "extended_amount": 850}]
    total = sum(line["extended_amount"] for line in lines)
    sale_id = "S-" + str(uuid.uuid4())  # a POS takes its own
    sale = {
        "business_day_date": datetime.date.today().isoformat(),  # a POS takes its own
        "currency_code": "TRY",
        "line_items": lines,
        "member": member,
    }

    try:  # before she pays nothing is worth waiting for
        quote = till.post("/v1/quote", {"currency_code": "TRY", "line_items": lines, "member": member})
        sale["business_day_date"] = quote["business_day_date"]
        if quote["offers"]:
            off, sale["holds"] = set_aside(till, sale_id, member, quote)
            total -= off
    except Refused as refused:
        say(f"Sell without loyalty: {refused}")
    except NO_ANSWER:
        say("The till does not answer. Sell without loyalty: her points come later.")
    sale["tenders"] = [{"tender_type": "cash", "amount": total}]

    try:  # she has paid, and need not wait for this
        told = till.tell(f"/v1/sales/{sale_id}/complete", sale)
    except Refused as refused:
        sys.exit(str(refused))
    except NO_ANSWER:
        say(f"Sold. Keep this and send it again until it is answered: {sale_id} {json.dumps(sale)}")
        return
    print("\n".join(told["receipt_lines"]))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        say("usage: sale.py URL TOKEN-FILE PHONE")
        sys.exit(2)
    main(*sys.argv[1:])
