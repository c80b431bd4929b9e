package route

import "strings"

// ean13 is also UPC-A's and UPC-E's.
const ean13, ean8 = "]E0", "]E4"

// isRetail reports whether a symbology is EAN or UPC.
func isRetail(aim string) bool { return strings.HasPrefix(aim, "]E") }

// retail is a code of the kind that is on goods; some cards have one too. What
// a composite has beside it is not read.
func (r Router) retail(aim, text string) Code {
	text, _, _ = strings.Cut(text, "|]")
	if code, ok := r.ruled(text); ok {
		return code
	}
	if !isDigits(text) {
		return unknown(NotKnown, "EAN and UPC have digits alone")
	}
	main, addOn := text, ""
	switch len(text) {
	case 2, 5:
		return known(Product, text, "an add-on of EAN or UPC")
	case 14, 17: // UPC-A and its add-on
		main, addOn = text[:12], text[12:]
	case 15, 18: // EAN-13 and its add-on
		main, addOn = text[:13], text[13:]
	}
	code := article(aim, main)
	if code.Kind != Unknown {
		code.Value += addOn
	}
	return code
}

// article is a number of EAN-13, EAN-8, UPC-A or UPC-E with a right check
// digit. What has thirteen or twelve digits, or stands for twelve, is given with
// thirteen.
func article(aim, number string) Code {
	switch len(number) {
	case 8:
		long, isUPCE := expandUPCE(number)
		if isUPCE && (aim == ean13 || aim == "" && number[0] == '0') {
			return known(Product, "0"+long, "UPC-E")
		}
		return article8(number)
	case 12:
		number = "0" + number
	case 13:
	default:
		return unknown(NotKnown, "EAN and UPC have 8, 12 or 13 digits")
	}
	if !checked(number) {
		return unknown(WrongCheck, "the check digit of EAN and UPC is wrong")
	}
	return article13(number)
}

func article8(number string) Code {
	switch {
	case !checked(number):
		return unknown(WrongCheck, "the check digit is neither EAN-8's nor UPC-E's")
	case number[0] == '0' || number[0] == '2':
		return known(Product, number, "EAN-8 of a shop's own (RCN-8)")
	}
	return known(Product, number, "EAN-8")
}

// article13 tells what GS1 gives a prefix to (General Specifications, 1.4):
// never a member card, which no prefix is for.
func article13(number string) Code {
	switch {
	case number[:2] == "02" || number[0] == '2':
		return known(Product, number, "EAN-13 of restricted circulation (a shop's own, such as weighed goods); a card begins as a rule says")
	case number[:2] == "04":
		return known(Product, number, "UPC-A of a company's own (RCN-12); a card begins as a rule says")
	case number[:2] == "05":
		return known(Coupon, number, "UPC-A coupon")
	case number[:3] == "980":
		return known(Product, number, "EAN-13 of a refund receipt")
	case number[:3] >= "981" && number[:3] <= "984":
		return known(Coupon, number, "EAN-13 coupon of a currency area")
	case number[:2] == "99":
		return known(Coupon, number, "EAN-13 coupon")
	}
	return known(Product, number, "EAN-13 or UPC-A")
}

// expandUPCE gives the UPC-A that eight digits of UPC-E stand for, where the
// check digit is right (General Specifications, 5.2.2.4.2): number system,
// six digits, check digit.
func expandUPCE(short string) (long string, ok bool) {
	if len(short) != 8 || short[0] > '1' {
		return "", false
	}
	system, d, check := short[:1], short[1:7], short[7:]
	switch d[5] {
	case '0', '1', '2':
		long = system + d[:2] + d[5:] + "0000" + d[2:5] + check
	case '3':
		long = system + d[:3] + "00000" + d[3:5] + check
	case '4':
		long = system + d[:4] + "00000" + d[4:5] + check
	default:
		long = system + d[:5] + "0000" + d[5:] + check
	}
	return long, checked(long)
}

// checked reports whether the last digit is GS1's check digit over the others:
// weights 3, 1, 3 … from the right (General Specifications, 7.9).
func checked(digits string) bool {
	sum := 0
	for i := range len(digits) {
		weight := 1
		if (len(digits)-1-i)%2 == 1 {
			weight = 3
		}
		sum += weight * int(digits[i]-'0')
	}
	return len(digits) > 1 && sum%10 == 0
}

func isDigits(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}
