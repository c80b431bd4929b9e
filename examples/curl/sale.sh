#!/bin/sh
# One sale at a till: sale.sh URL TOKEN-FILE PHONE
set -eu
url=$1 token=$(cat "$2") phone=$3
today=$(date +%F) sale=S-$(date +%s)-$$

# call METHOD PATH BODY: no longer than a second, and again if no answer came. That
# is safe: whatever is sent twice counts once.
call() {
	curl --silent --show-error --fail-with-body --max-time 1 --retry 5 --retry-all-errors --retry-delay 0 \
		-X "$1" -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d "$3" "$url$2"
}

echo "Who is she, and what has she?"
call POST /v1/members/lookup "{\"phone\":\"$phone\"}"

lines='[{"sku":"milk","extended_amount":1999},{"sku":"bread","extended_amount":850}]'
echo "What would it earn?"
call POST /v1/quote "{\"currency_code\":\"TRY\",\"line_items\":$lines,\"member\":{\"phone\":\"$phone\"}}"

echo "She has paid."
call POST "/v1/sales/$sale/complete" "{\"business_day_date\":\"$today\",\"currency_code\":\"TRY\",\"line_items\":$lines,
	\"tenders\":[{\"tender_type\":\"cash\",\"amount\":2849}],\"member\":{\"phone\":\"$phone\"}}"
