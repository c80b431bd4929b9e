#!/bin/sh
# One sale at a till: sale.sh URL TOKEN-FILE PHONE
set -eu
if [ $# -ne 3 ]; then
	echo 'usage: sale.sh URL TOKEN-FILE PHONE' >&2
	exit 2
fi
url=$1 token=$(cat "$2") phone=$3
today=$(date +%F) sale=S-$(date +%s)-$$ # a POS has its own
refused=1 unanswered=2
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT

# call PATH BODY prints the answer, within a second. What is refused is not tried again.
call() {
	status=$(curl --silent --show-error --max-time 1 --output "$answer" --write-out '%{http_code}' \
		-X POST -H "Authorization: Bearer $token" -H 'Content-Type: application/json' -d "$2" "$url$1") || return $unanswered
	case $status in
	2*) cat "$answer" && echo ;;
	5*) return $unanswered ;; # it cannot now
	*) cat "$answer" >&2 && return $refused ;;
	esac
}

# tell is call until there is an answer: what is sent twice counts once.
tell() {
	for pause in 1 1 1 1 0; do
		call "$@" && return || failed=$?
		[ $failed -eq $unanswered ] || return $failed
		sleep $pause
	done
	return $failed
}

basket="\"currency_code\":\"TRY\",\"line_items\":[{\"sku\":\"milk\",\"extended_amount\":1999},{\"sku\":\"bread\",\"extended_amount\":850}],
	\"member\":{\"phone\":\"$phone\"}"
echo "Who is she, and what would it earn?"
if call /v1/members/lookup "{\"phone\":\"$phone\"}" && call /v1/quote "{$basket}"; then
	today=$(sed -n 's/.*"business_day_date":"\([^"]*\)".*/\1/p' "$answer")
else
	echo "Sell without loyalty: her points come later." >&2
fi

echo "She has paid."
body="{\"business_day_date\":\"$today\",$basket,\"tenders\":[{\"tender_type\":\"cash\",\"amount\":2849}]}"
tell "/v1/sales/$sale/complete" "$body" && exit || failed=$?
[ $failed -eq $unanswered ] || exit $failed
echo "Sold. Keep this and send it again until it is answered: $sale $body" >&2
