package scanner_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/scanner"
)

const misread = "MISREAD"

// all decodes reads one after the other; "" is silence for as long as the
// decoder is patient. A scan is told as AIM|data.
func all(d *scanner.Decoder, reads ...string) []string {
	var told []string
	tell := func(e device.Event) {
		if e.Kind == device.Misread {
			told = append(told, misread)
			return
		}
		told = append(told, e.Scan.AIM+"|"+string(e.Scan.Data))
	}
	for _, read := range reads {
		if read == "" && d.Patience() > 0 {
			d.Expire(tell)
		}
		d.Decode([]byte(read), tell)
	}
	return told
}

// Bytes become scans whichever of the usual frames is around them; what is
// damaged is dropped whole.
func TestDecode(t *testing.T) {
	long := strings.Repeat("7", scanner.MaxScan)
	type told = []string
	for name, c := range map[string]struct {
		timeout time.Duration
		reads   []string
		want    told
	}{
		"CR":                   {0, []string{"5901234123457\r"}, told{"|5901234123457"}},
		"LF":                   {0, []string{"5901234123457\n"}, told{"|5901234123457"}},
		"CR LF":                {0, []string{"5901234123457\r\n96385074\r\n"}, told{"|5901234123457", "|96385074"}},
		"TAB":                  {0, []string{"5901234123457\t96385074\t"}, told{"|5901234123457", "|96385074"}},
		"STX ETX":              {0, []string{"\x025901234123457\x03\x0296385074\x03"}, told{"|5901234123457", "|96385074"}},
		"STX CR ETX":           {0, []string{"\x025901234123457\r\x03\x0296385074\r\x03"}, told{"|5901234123457", "|96385074"}},
		"byte by byte":         {0, strings.Split("]E05901234123457\r\n", ""), told{"]E0|5901234123457"}},
		"empty lines":          {0, []string{"\r\n\r\n\x02\x03\t\t"}, nil},
		"GS1-128":              {0, []string{"]C18018520123456789012346\x1d10ABC\r"}, told{"]C1|8018520123456789012346\x1d10ABC"}},
		"GS1 QR":               {0, []string{"]Q38018520123456789012346\x1d8019123\r"}, told{"]Q3|8018520123456789012346\x1d8019123"}},
		"composite":            {0, []string{"]E05901234123457|]e010ABC\r"}, told{"]E0|5901234123457|]e010ABC"}},
		"letter as modifier":   {0, []string{"]dAx\r"}, told{"]dA|x"}},
		"Digital Link":         {0, []string{"]Q1https://id.example.org/8018/520123456789012346?99=x\r\n"}, told{"]Q1|https://id.example.org/8018/520123456789012346?99=x"}},
		"UTF-8":                {0, []string{"]Q2LOY1:Ayşe\r"}, told{"]Q2|LOY1:Ayşe"}},
		"bracket is data":      {0, []string{"]5x1\r]\r]C\r"}, told{"|]5x1", "|]", "|]C"}},
		"identifier alone":     {0, []string{"]C1\r12345670\r"}, told{misread, "|12345670"}},
		"NUL":                  {0, []string{"590\x001234\x00\r96385074\r"}, told{misread, "|96385074"}},
		"NUL, then silence":    {0, []string{"\x00", "", "96385074\r"}, told{misread, "|96385074"}},
		"half, then silence":   {0, []string{"5901", "", "96385074\r"}, told{misread, "|96385074"}},
		"half, then STX":       {0, []string{"5901\x0296385074\x03"}, told{misread, "|96385074"}},
		"NUL, then STX":        {0, []string{"59\x0001\x0296385074\x03"}, told{misread, "|96385074"}},
		"longest":              {0, []string{long + "\r"}, told{"|" + long}},
		"too long":             {0, []string{long + "7" + long + long, "7\r96385074\r"}, told{misread, "|96385074"}},
		"too long, no end":     {0, []string{long + long, "", "96385074\r"}, told{misread, "|96385074"}},
		"timeout":              {scanner.InterCharacterTimeout, []string{"590123", "4123457", "", "96385074", ""}, told{"|5901234123457", "|96385074"}},
		"timeout, terminators": {scanner.InterCharacterTimeout, []string{"5901234123457\r\n", "", "96385074\r"}, told{"|5901234123457", "|96385074"}},
		"timeout, NUL":         {scanner.InterCharacterTimeout, []string{"59\x00", "", "96385074", ""}, told{misread, "|96385074"}},
		"timeout, STX":         {scanner.InterCharacterTimeout, []string{"\x0296385074", "", "\x02", "", "5"}, told{"|96385074"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &scanner.Decoder{TerminatorTimeout: c.timeout}
			if diff := cmp.Diff(c.want, all(d, c.reads...)); diff != "" {
				t.Errorf("told (-want +got):\n%s", diff)
			}
		})
	}
}

// A decoder waits only while a scan is under way.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		timeout     time.Duration
		read        string
		wantPatient time.Duration
	}{
		{0, "", 0},
		{0, "590\r\n", 0},
		{0, "\x02", 0},
		{0, "590", time.Second},
		{0, "590\x00", time.Second},
		{scanner.InterCharacterTimeout, "590", 50 * time.Millisecond},
		{scanner.InterCharacterTimeout, "590\x00", 50 * time.Millisecond},
		{scanner.InterCharacterTimeout, "590\r", 0},
	} {
		d := &scanner.Decoder{TerminatorTimeout: c.timeout}
		d.Decode([]byte(c.read), func(device.Event) {})
		if got := d.Patience(); got != c.wantPatient {
			t.Errorf("timeout %v, after %q: patience %v, want %v", c.timeout, c.read, got, c.wantPatient)
		}
	}
}

// Half a scan is forgotten with Reset, and so is that the rest of one is skipped.
func TestReset(t *testing.T) {
	for _, half := range []string{"5901", "59\x00"} {
		d := &scanner.Decoder{}
		all(d, half)
		d.Reset()
		if diff := cmp.Diff([]string{"|96385074"}, all(d, "96385074\r")); diff != "" {
			t.Errorf("after %q (-want +got):\n%s", half, diff)
		}
	}
}

// A scan keeps its bytes when the next one comes.
func TestScanIsKept(t *testing.T) {
	var scans []device.Scan
	(&scanner.Decoder{}).Decode([]byte("]C1AAAA\rBBBBBBB\r"), func(e device.Event) { scans = append(scans, e.Scan) })
	if got := string(scans[0].Data); got != "AAAA" {
		t.Errorf("the first scan became %q", got)
	}
}

// However a scan or its event is printed, the card number is not.
func TestScanMasksItself(t *testing.T) {
	const number = "5201234567890123"
	var told []device.Event
	tell := func(e device.Event) { told = append(told, e) }
	d := &scanner.Decoder{}
	d.Decode([]byte("]C1"+number+"\r"+number+"\x00\r"+number), tell)
	d.Expire(tell)
	if len(told) != 3 {
		t.Fatalf("%d events", len(told))
	}
	hexed, listed := fmt.Sprintf("%x", number), strings.Trim(fmt.Sprint([]byte(number)), "[]")
	for _, e := range told {
		encoded, err := json.Marshal(e.Scan)
		if err != nil {
			t.Fatal(err)
		}
		texts := []string{string(encoded), fmt.Sprint(e.Err)}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			texts = append(texts, fmt.Sprintf(verb, e), fmt.Sprintf(verb, e.Scan), fmt.Sprintf(verb, &e.Scan))
		}
		for _, text := range texts {
			if strings.Contains(text, number) || strings.Contains(text, hexed) || strings.Contains(text, listed) || strings.Contains(text, "NTIwMTIz") {
				t.Errorf("%v prints as %q", e.Kind, text)
			}
		}
	}
}

// reference is the rules once more, over the whole input: what each terminator
// ends, from the last STX on.
func reference(input []byte) (scans []string) {
	for {
		end := bytes.IndexAny(input, "\r\n\t\x03")
		if end < 0 {
			return scans
		}
		line := input[:end]
		input = input[end+1:]
		line = line[bytes.LastIndexByte(line, 2)+1:]
		if len(line) == 0 || len(line) > 4096 || bytes.IndexByte(line, 0) >= 0 {
			continue
		}
		aim := identifier.Find(line)
		if len(aim) < len(line) {
			scans = append(scans, string(aim)+"|"+string(line[len(aim):]))
		}
	}
}

var identifier = regexp.MustCompile(`^\][A-Za-z][A-Za-z0-9]`)

// However the bytes are cut, the scans are those of the reference, and silence
// after the last leaves nothing behind.
func FuzzDecoder(f *testing.F) {
	for _, seed := range []string{
		"5901234123457\r\n", "\x02]E05901234123457\x03", "]C18018520123456789012346\x1d10ABC\r",
		"]Q1https://id.example.org/8018/520123456789012346?99=x\t", "]E05901234123457|]e010ABC\n",
		"9813765030011\r9828508010106\r", "59\x0001\r96385074\r", "5901\x0296385074\r\x03", "]C1\r]\r]C", "\r\n\r\n",
		"\x02\x5a\x34\x32\x33\x30\x03\x5c", "|\r", "]E0|\r", strings.Repeat("4096", 1025) + "\r04252614\r",
	} {
		f.Add([]byte(seed), uint8(0))
		f.Add([]byte(seed), uint8(6))
	}
	f.Fuzz(func(t *testing.T, input []byte, cut uint8) {
		d := &scanner.Decoder{}
		var reads []string
		for rest := string(input); rest != ""; {
			n := min(len(rest), int(cut)+1)
			reads, rest = append(reads, rest[:n]), rest[n:]
		}
		var scans []string
		for _, told := range all(d, reads...) {
			if told != misread {
				scans = append(scans, told)
			}
		}
		if diff := cmp.Diff(reference(input), scans); diff != "" {
			t.Fatalf("scans (-want +got):\n%s", diff)
		}
		if told := all(d, ""); len(told) > 1 || len(told) == 1 && told[0] != misread {
			t.Fatalf("silence gave %q", told)
		}
		if got := all(d, "96385074\r"); len(got) != 1 || got[0] != "|96385074" {
			t.Fatalf("the next scan is %q", got)
		}
	})
}
