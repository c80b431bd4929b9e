package keypad_test

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/keypad"
)

// vendor has keys that send several bytes, some beginning like others.
func vendor() keypad.Map {
	m := keypad.Default()
	maps.Copy(m, keypad.Map{
		"\x1bOP":   device.Redeem,
		"\x1bOQ":   device.Void,
		"\x1b[":    device.Copy,
		"\x1b[15~": device.Menu,
		"\xe2\x82": device.Return,
	})
	return m
}

func decoder(t testing.TB, m keypad.Map) *keypad.Decoder {
	t.Helper()
	d, err := keypad.NewDecoder(m)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// all decodes reads one after the other and flushes at the end.
func all(d *keypad.Decoder, reads ...string) []device.Key {
	var keys []device.Key
	emit := func(k device.Key) { keys = append(keys, k) }
	for _, read := range reads {
		d.Decode([]byte(read), emit)
	}
	d.Flush(emit)
	return keys
}

// Bytes become keys however they are cut into reads; what means nothing is
// dropped and counted.
func TestDecode(t *testing.T) {
	type keys = []device.Key
	for name, c := range map[string]struct {
		keys    keypad.Map
		reads   []string
		want    keys
		unknown uint64
	}{
		"digits": {keypad.Default(), []string{"0129"}, keys{device.Digit0, device.Digit1, device.Digit2, device.Digit9}, 0},
		"functions": {keypad.Default(), []string{"ABCDEF"},
			keys{device.Redeem, device.Void, device.Enroll, device.Copy, device.Return, device.Menu}, 0},
		"lower case": {keypad.Default(), []string{"abcdef"},
			keys{device.Redeem, device.Void, device.Enroll, device.Copy, device.Return, device.Menu}, 0},
		"both clears":             {keypad.Default(), []string{"\b\x7f"}, keys{device.Clear, device.Clear}, 0},
		"escape":                  {keypad.Default(), []string{"\x1b"}, keys{device.Cancel}, 0},
		"escape then digit":       {keypad.Default(), []string{"\x1b5"}, keys{device.Cancel, device.Digit5}, 0},
		"CR LF":                   {keypad.Default(), []string{"\r\n"}, keys{device.Enter}, 0},
		"CR LF in two reads":      {keypad.Default(), []string{"\r", "\n"}, keys{device.Enter}, 0},
		"CR LF twice":             {keypad.Default(), []string{"\r\n\r\n"}, keys{device.Enter, device.Enter}, 0},
		"CR CR LF":                {keypad.Default(), []string{"\r\r\n"}, keys{device.Enter, device.Enter}, 0},
		"CR LF LF":                {keypad.Default(), []string{"\r\n\n"}, keys{device.Enter}, 1},
		"LF alone":                {keypad.Default(), []string{"\n"}, nil, 1},
		"LF after a digit":        {keypad.Default(), []string{"\r1\n"}, keys{device.Enter, device.Digit1}, 1},
		"LF is ENTER too":         {keypad.Map{"\r": device.Enter, "\n": device.Enter}, []string{"\r\n\n"}, keys{device.Enter, device.Enter}, 0},
		"LF is another key":       {keypad.Map{"\r": device.Enter, "\n": device.Clear}, []string{"\r\n"}, keys{device.Enter, device.Clear}, 0},
		"CR is not ENTER":         {keypad.Map{"\r": device.Clear, "\n": device.Enter}, []string{"\r\n"}, keys{device.Clear, device.Enter}, 0},
		"noise":                   {keypad.Default(), []string{"1\x00\xff*#2"}, keys{device.Digit1, device.Digit2}, 4},
		"sequence":                {vendor(), []string{"\x1bOP5"}, keys{device.Redeem, device.Digit5}, 0},
		"sequence in three reads": {vendor(), []string{"\x1b", "O", "Q"}, keys{device.Void}, 0},
		"longest wins":            {vendor(), []string{"\x1b[15~"}, keys{device.Menu}, 0},
		"shorter, then the rest":  {vendor(), []string{"\x1b[15x"}, keys{device.Copy, device.Digit1, device.Digit5}, 1},
		"shorter at the end":      {vendor(), []string{"\x1b[1"}, keys{device.Copy, device.Digit1}, 0},
		"broken off by ESC":       {vendor(), []string{"\x1bO\x1bOP"}, keys{device.Cancel, device.Redeem}, 1},
		"escape at the end":       {vendor(), []string{"5\x1b"}, keys{device.Digit5, device.Cancel}, 0},
		"escape twice":            {vendor(), []string{"\x1b\x1b"}, keys{device.Cancel, device.Cancel}, 0},
		"half of no key":          {vendor(), []string{"\xe25"}, keys{device.Digit5}, 1},
		"LF after CR ESC":         {vendor(), []string{"\r\x1b\n"}, keys{device.Enter, device.Cancel}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			d := decoder(t, c.keys)
			if diff := cmp.Diff(c.want, all(d, c.reads...)); diff != "" {
				t.Errorf("keys (-want +got):\n%s", diff)
			}
			if d.Unknown() != c.unknown {
				t.Errorf("%d unknown bytes, want %d", d.Unknown(), c.unknown)
			}
			if d.Pending() {
				t.Error("bytes pending after Flush")
			}
		})
	}
}

// With the default keys no byte ever waits for another.
func TestDefaultNeverWaits(t *testing.T) {
	for b := range 256 {
		d := decoder(t, keypad.Default())
		d.Decode([]byte{byte(b)}, func(device.Key) {})
		if d.Pending() {
			t.Errorf("%#x waits", b)
		}
	}
}

// What was pending, and a CR, are forgotten with Reset.
func TestReset(t *testing.T) {
	d := decoder(t, vendor())
	d.Decode([]byte("\r\x1bO"), func(device.Key) {})
	d.Reset()
	if d.Pending() {
		t.Error("bytes pending after Reset")
	}
	if diff := cmp.Diff([]device.Key{device.Digit1}, all(d, "1")); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

// A key map that cannot work is refused.
func TestMapRefused(t *testing.T) {
	for name, m := range map[string]keypad.Map{
		"empty":        {},
		"no bytes":     {"": device.Enter},
		"no key":       {"x": 0},
		"unknown key":  {"x": device.Menu + 1},
		"too long":     {"\x1b1234567890123456": device.Enter},
		"one is wrong": {"1": device.Digit1, "": device.Enter},
	} {
		if _, err := keypad.NewDecoder(m); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// However the bytes are cut, the keys are the same, and every byte is in a key,
// in a line end, or counted.
func FuzzDecoder(f *testing.F) {
	for _, seed := range []string{
		"05321234567\r", "\r\n\r\n", "\x1b\x1b[15~\x1bOQ", "\x1b[15x", "\x1bO\x1b", "\xe2\x82\xe2", "1\x00\xff2\n", "\b\x7fABCdef",
	} {
		f.Add([]byte(seed), uint8(1))
		f.Add([]byte(seed), uint8(3))
	}
	f.Fuzz(func(t *testing.T, input []byte, cut uint8) {
		for _, m := range []keypad.Map{keypad.Default(), vendor()} {
			whole := decoder(t, m)
			want := all(whole, string(input))

			var reads []string
			for rest := string(input); rest != ""; {
				n := min(len(rest), int(cut)+1)
				reads, rest = append(reads, rest[:n]), rest[n:]
			}
			pieces := decoder(t, m)
			if diff := cmp.Diff(want, all(pieces, reads...)); diff != "" {
				t.Fatalf("cut every %d bytes (-whole +cut):\n%s", int(cut)+1, diff)
			}
			if whole.Unknown() != pieces.Unknown() {
				t.Fatalf("%d unknown bytes whole, %d when cut", whole.Unknown(), pieces.Unknown())
			}
			if n := uint64(len(want)) + whole.Unknown(); n > uint64(len(input)) {
				t.Fatalf("%d keys and unknown bytes from %d bytes", n, len(input))
			}
		}
	})
}
