#!/usr/bin/env python3
"""One sale at a till: sale.py URL TOKEN-FILE PHONE. Needs nothing but Python."""
import datetime
import json
import sys
import urllib.error
import urllib.request
import uuid


class Till:
    """The till's API. Nothing takes longer than its time-out."""

    def __init__(self, url, token, timeout=1.0):
        self.url, self.token, self.timeout = url, token, timeout

    def post(self, path, body, tries=5):
        """Sends a request until there is an answer: what is sent twice counts once."""
        request = urllib.request.Request(
            self.url + path,
            data=json.dumps(body).encode(),
            headers={"Authorization": "Bearer " + self.token, "Content-Type": "application/json"},
        )
        for left in reversed(range(tries)):
            try:
                with urllib.request.urlopen(request, timeout=self.timeout) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as refused:  # the till says no, and what to do
                problem = json.load(refused)
                raise SystemExit(f"{problem['title']}: {problem['next_step']}")
            except OSError:  # no answer
                if not left:
                    raise


def main(url, token_file, phone):
    with open(token_file) as file:
        till = Till(url, file.read().strip())
    member = {"phone": phone}
    lines = [{"sku": "milk", "extended_amount": 1999}, {"sku": "bread", "extended_amount": 850}]
    total = sum(line["extended_amount"] for line in lines)

    quote = till.post("/v1/quote", {"currency_code": "TRY", "line_items": lines, "member": member})
    sale = {
        "business_day_date": datetime.date.today().isoformat(),
        "currency_code": "TRY",
        "line_items": lines,
        "member": member,
    }
    sale_id = "S-" + str(uuid.uuid4())  # a POS takes its own
    if quote["offers"]:  # set the first reward aside before she pays
        hold = {"hold_id": str(uuid.uuid4()), "sale_id": sale_id, "member": member, "reward": quote["offers"][0]["reward"]}
        till.post("/v1/holds", hold)
        sale["holds"] = [hold["hold_id"]]
        total -= quote["offers"][0]["discount_amount"]
    sale["tenders"] = [{"tender_type": "cash", "amount": total}]

    try:
        told = till.post(f"/v1/sales/{sale_id}/complete", sale)
    except OSError:
        print("no answer: sold without; send the same again later, it counts once")
        return
    print("\n".join(told["receipt_lines"]))


if __name__ == "__main__":
    main(*sys.argv[1:])
