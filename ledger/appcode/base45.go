package appcode

import "strings"

// letters45 are those of a QR code's alphanumeric mode, in its order (RFC 9285, 4.2).
const letters45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"

// encode45 writes two bytes in three letters, the lowest first, and one in two.
func encode45(data []byte) string {
	var b strings.Builder
	for ; len(data) > 1; data = data[2:] {
		n := int(data[0])<<8 | int(data[1])
		b.WriteByte(letters45[n%45])
		b.WriteByte(letters45[n/45%45])
		b.WriteByte(letters45[n/45/45])
	}
	if len(data) == 1 {
		b.WriteByte(letters45[int(data[0])%45])
		b.WriteByte(letters45[int(data[0])/45])
	}
	return b.String()
}

// decode45 is the way back; ok is false where encode45 writes no such text.
func decode45(text string) (data []byte, ok bool) {
	for len(text) > 0 {
		group := min(3, len(text))
		n, weight := 0, 1
		for _, letter := range []byte(text[:group]) {
			digit := strings.IndexByte(letters45, letter)
			if digit < 0 {
				return nil, false
			}
			n, weight = n+digit*weight, weight*45
		}
		switch {
		case group == 1, group == 2 && n > 0xff, n > 0xffff:
			return nil, false
		case group == 3:
			data = append(data, byte(n>>8))
		}
		data = append(data, byte(n))
		text = text[group:]
	}
	return data, true
}
