package scanner

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/loyaltyd/loyaltyd/device"
)

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What the host sends, against vectors that others published.
func TestSSIPackets(t *testing.T) {
	for want, got := range map[string][]byte{
		"04 D0 04 00 FF 28":    ssiPacket(opACK),
		"05 D1 04 00 01 FF 25": ssiPacket(opNAK, resend),
		"05 E6 04 00 00 FF 11": ssiBeep(shortHigh),
		"04 E4 04 00 FF 14":    ssiPacket(0xe4),
	} {
		if !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("% X, want %s", got, want)
		}
	}
}

// fromScanner is a packet as a scanner sends it.
func fromScanner(op, status byte, data string) []byte {
	p := append([]byte{byte(ssiHeader + len(data)), op, 0, status}, data...)
	sum := ssiSum(p)
	return append(p, byte(sum>>8), byte(sum))
}

// heard is what a decoder makes of packets: its answers, and what it tells.
func heard(packets ...[]byte) (replies, told []string) {
	d := &ssiDecoder{reply: func(p []byte) { replies = append(replies, map[byte]string{opACK: "ack", opNAK: "nak"}[p[1]]) }}
	for _, p := range packets {
		d.Decode(p, func(e device.Event) {
			if e.Kind == device.Misread {
				told = append(told, "misread")
				return
			}
			told = append(told, e.Scan.AIM+string(e.Scan.Data))
		})
	}
	return replies, told
}

// Each packet is answered, a damaged one asked for again, and none is two scans.
func TestSSI(t *testing.T) {
	scan := fromScanner(opDecode, 0, "\x0b5901234123457")
	again := fromScanner(opDecode, resent, "\x0b5901234123457")
	damaged := bytes.Clone(scan)
	damaged[7] ^= 1
	for name, c := range map[string]struct {
		packets       [][]byte
		replies, told string
	}{
		"a scan":                           {[][]byte{scan}, "ack", "]E05901234123457"},
		"two of the same code":             {[][]byte{scan, scan}, "ack ack", "]E05901234123457 ]E05901234123457"},
		"an answer that was lost":          {[][]byte{scan, again}, "ack ack", "]E05901234123457"},
		"a damaged one":                    {[][]byte{damaged, again}, "nak ack", "]E05901234123457"},
		"thrice":                           {[][]byte{damaged, damaged, damaged}, "nak nak nak", "misread"},
		"in two packets":                   {[][]byte{fromScanner(opDecode, continues, "\x1chttps://"), fromScanner(opDecode, 0, "\x1cx.org")}, "ack ack", "]Q1https://x.org"},
		"with its own identifier":          {[][]byte{fromScanner(opDecode, 0, "\x03]C18018")}, "ack", "]C18018"},
		"of a symbology that is not known": {[][]byte{fromScanner(opDecode, 0, "\x7fABC")}, "ack", "ABC"},
		"a byte that wakes":                {[][]byte{{0}, scan}, "ack", "]E05901234123457"},
		"an answer to a beep":              {[][]byte{fromScanner(opACK, 0, "")}, "", ""},
		"an event":                         {[][]byte{fromScanner(opEvent, 0, "\x03")}, "ack", ""},
		"something else":                   {[][]byte{fromScanner(0xa4, 0, "rev")}, "nak", ""},
		"nothing in it":                    {[][]byte{fromScanner(opDecode, 0, "")}, "ack", "misread"},
	} {
		t.Run(name, func(t *testing.T) {
			replies, told := heard(c.packets...)
			if strings.Join(replies, " ") != c.replies || strings.Join(told, " ") != c.told {
				t.Errorf("replies %v, told %v", replies, told)
			}
		})
	}
}

// Noise ends with silence, and what is half of a packet is none.
func TestSSINoise(t *testing.T) {
	scan := fromScanner(opDecode, 0, "\x0b5901234123457")
	scans := 0
	tell := func(e device.Event) { scans++ }
	d := &ssiDecoder{reply: func([]byte) {}}
	for _, noise := range [][]byte{{1, 2, 3}, scan[:5], {0xff, 0xf3}} {
		d.Decode(noise, tell)
		if d.Patience() == 0 {
			t.Error("waits for ever")
		}
		d.Expire(tell)
	}
	d.Decode(scan, tell)
	if scans != 1 || d.Patience() != 0 {
		t.Errorf("%d scans, waits %v", scans, d.Patience())
	}
}

// FuzzSSI: no bytes bring the decoder down, however they are cut, and it keeps no
// more than a scan may have.
func FuzzSSI(f *testing.F) {
	f.Add(fromScanner(opDecode, 0, "\x0b5901234123457"), 3)
	f.Add(append(fromScanner(opDecode, continues, "\x1ca"), fromScanner(opDecode, resent, "\x1cb")...), 7)
	f.Add([]byte{0, 4, 0xd0, 0, 0}, 1)
	f.Fuzz(func(t *testing.T, stream []byte, cut int) {
		var whole, parts []string
		for i, told := range []*[]string{&whole, &parts} {
			d := &ssiDecoder{reply: func([]byte) {}}
			tell := func(e device.Event) { *told = append(*told, e.Kind.String()+e.Scan.AIM+string(e.Scan.Data)) }
			at := len(stream)
			if i == 1 && at > 0 {
				at = (cut%at + at) % at
			}
			d.Decode(stream[:at], tell)
			d.Decode(stream[at:], tell)
			if len(d.scan) > MaxScan || len(d.packet) > 0xff+ssiChecksum {
				t.Fatal("keeps too much")
			}
		}
		if strings.Join(whole, "|") != strings.Join(parts, "|") {
			t.Fatalf("%q, cut %q", whole, parts)
		}
	})
}
