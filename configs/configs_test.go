package configs_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

func written(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "till.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func loaded(t testing.TB, files []string, flags map[string]string) configs.Loaded {
	t.Helper()
	c, err := configs.Load(files, flags)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The sample that ships says what the defaults are.
func TestSampleIsDefault(t *testing.T) {
	got := loaded(t, []string{written(t, string(configs.Sample))}, nil)
	if diff := cmp.Diff(configs.Default(), got.Config); diff != "" {
		t.Error(diff)
	}
	for key, place := range got.Sources {
		if place == "default" {
			t.Errorf("the sample leaves out %s", key)
		}
	}
}

// The devices that the sample shows as comments are read when the # is taken
// away, and show every key of a device at its default.
func TestSampleDevices(t *testing.T) {
	text := regexp.MustCompile(`(?m)^#  `).ReplaceAllString(string(configs.Sample), "  ")
	got := loaded(t, []string{written(t, text)}, nil)

	line := func(port string) configs.Serial {
		return configs.Serial{Port: "/dev/serial/by-id/" + port, Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1}
	}
	want := configs.Default()
	want.Keypads = []configs.Keypad{{Name: "lane", Serial: line("usb-FTDI_FT232R_A1-if00-port0"), Protocol: "plain", Keys: []string{}}}
	want.Scanners = []configs.Scanner{{Name: "hand", Serial: line("usb-Honeywell_Voyager_1250g_A1-if00"), Protocol: "plain", Layout: "us"}}
	want.Cards = []configs.CodeRule{{Prefix: "2912", Length: 13, CheckDigit: true}}
	want.Badges = []configs.CodeRule{{Prefix: "2999", Length: 13, CheckDigit: true}}
	want.Displays = []configs.Display{{Name: "customer", Serial: line("usb-FTDI_FT232R_A2-if00-port0"), Protocol: "epson", Charset: "pc437"}}
	want.Printers = []configs.Printer{{Name: "front", Serial: line("usb-EPSON_TM-T20-if00"), Profile: "generic-80"}}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Error(diff)
	}
	for _, key := range []string{"name", "port", "baud", "data_bits", "parity", "stop_bits"} {
		for _, list := range []string{"keypads", "scanners", "displays", "printers"} {
			if place := got.Sources[list+"[0]."+key]; place == "" {
				t.Errorf("the sample leaves out %s.%s", list, key)
			}
		}
	}
}

// The program that ships is one, in any currency.
func TestStarterIsAProgram(t *testing.T) {
	for _, currency := range []string{"TRY", "EUR", "JPY"} {
		p, err := loyalty.Load(configs.StarterIn(currency), "starter.yaml")
		if err != nil {
			t.Fatal(err)
		}
		if string(p.Currency()) != currency {
			t.Errorf("currency %s, want %s", p.Currency(), currency)
		}
	}
}

// Flag goes before environment, before the later file, before the earlier one,
// before the default; and each key knows where its value came from.
func TestPrecedence(t *testing.T) {
	first := written(t, "region: DE\ncurrency: EUR\ntime_zone: Europe/Berlin\noperator_id: anna\n")
	second := written(t, "\nregion: FR\ntime_zone: Europe/Paris\noperator_id: bob\n")
	t.Setenv("LOYALTYD_TIME_ZONE", "Europe/Rome")
	t.Setenv("LOYALTYD_OPERATOR_ID", "carl")
	t.Setenv("LOYALTYD_SYNC_RETRY_MAX", "5s")
	t.Setenv("LOYALTYD_STANDALONE_MAX_AMOUNT", "900")
	got := loaded(t, []string{first, second}, map[string]string{"operator_id": "dora", "standalone.idle_timeout": "1m"})

	want := configs.Default()
	want.Currency, want.Region, want.TimeZone, want.OperatorID = "EUR", "FR", "Europe/Rome", "dora"
	want.Sync.RetryMax, want.Standalone.MaxAmount, want.Standalone.IdleTimeout = 5*time.Second, 900, time.Minute
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Error(diff)
	}
	for key, place := range map[string]string{
		"currency":       first + ":2:11",
		"region":         second + ":2:9",
		"time_zone":      "environment LOYALTYD_TIME_ZONE",
		"operator_id":    "flag",
		"sync.retry_max": "environment LOYALTYD_SYNC_RETRY_MAX",
		"hq.listen":      "default",
	} {
		if got.Sources[key] != place {
			t.Errorf("%s is from %q, want %q", key, got.Sources[key], place)
		}
	}
}

// A device left at its defaults needs a name and a port.
func TestDeviceDefaults(t *testing.T) {
	got := loaded(t, []string{written(t, "printers:\n  - {name: front, port: /dev/x, baud: 19200}\n")}, nil)
	want := []configs.Printer{{Name: "front", Profile: "generic-80",
		Serial: configs.Serial{Port: "/dev/x", Baud: 19200, DataBits: 8, Parity: "none", StopBits: 1}}}
	if diff := cmp.Diff(want, got.Printers); diff != "" {
		t.Error(diff)
	}
}

// What YAML would make a number, or yes, is the text that was written.
func TestTextStaysVerbatim(t *testing.T) {
	got := loaded(t, []string{written(t, "operator_id: 0012\nprogram_file: 1e3\n")}, nil)
	if got.OperatorID != "0012" || got.ProgramFile != "1e3" {
		t.Errorf("%q, %q", got.OperatorID, got.ProgramFile)
	}
}

// An empty file, and sections of which all is commented out, change nothing.
func TestEmptyFiles(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "api:\n# id: x\n"} {
		got := loaded(t, []string{written(t, text)}, nil)
		if diff := cmp.Diff(configs.Default(), got.Config); diff != "" {
			t.Errorf("%q: %s", text, diff)
		}
	}
}

// Each mistake is refused with its place and what to do.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"unknown key", "data_dri: /x", []string{":1:1", `"data_dri"`, `"data_dir"`}},
		{"unknown key in a section", "api:\n  lissten: x", []string{":2:3", `"api.lissten"`, `"api.listen"`}},
		{"key of another section", "tax_rate: 20/100", []string{`"standalone.tax_rate"`}},
		{"capitals", "Region: TR", []string{`"Region"`, `"region"`}},
		{"unknown key of a device", "keypads:\n  - {name: a, port: b, bauds: 9600}", []string{":2:24", `"keypads[0].bauds"`, "baud"}},
		{"twice", "region: TR\nregion: DE", []string{":2:1", "region", "twice"}},
		{"bare duration", "sync:\n  retry_max: 15", []string{":2:14", "sync.retry_max", "15 has no unit: write 15s or 15m"}},
		{"bare 0", "sync: {retry_max: 0}", []string{"0 has no unit"}},
		{"no duration", "sync: {retry_max: soon}", []string{"sync.retry_max", `"soon" is no duration`}},
		{"octal", "keypads: [{name: a, port: b, baud: 09600}]", []string{":1:36", "keypads[0].baud", `"09600"`, "leading 0"}},
		{"float", "standalone: {max_amount: 1.5}", []string{":1:26", "standalone.max_amount", `"1.5"`}},
		{"grouped", "standalone: {max_amount: 1_000}", []string{`"1_000"`}},
		{"overflow", "standalone: {max_amount: 9223372036854775808}", []string{"standalone.max_amount"}},
		{"list for one", "region: [TR]", []string{":1:9", "region", "one value"}},
		{"one for a list", "keypads: x", []string{"keypads", "list"}},
		{"one for a section", "api: x", []string{"api", "section"}},
		{"no value", "region:", []string{"region", "no value"}},
		{"alias", "region: &r TR\ncurrency: *r", []string{":1:9", ":2:11", "aliases"}},
		{"two documents", "region: TR\n---\nregion: DE", []string{"more than one document"}},
		{"no YAML", "region: [", []string{"yaml"}},
		{"region", "region: Turkey", []string{":1:9", "region", "TR"}},
		{"currency", "currency: lira", []string{":1:11", "currency"}},
		{"time zone", "time_zone: Mars/Base", []string{":1:12", "time_zone"}},
		{"language", "language: tlh", []string{":1:11", "language", "one of en, tr"}},
		{"log level", "log_level: loud", []string{":1:12", "debug, info, warn, error"}},
		{"any file's origin", "api: {allowed_origins: ['null']}", []string{"api.allowed_origins[0]", "https://pos.example.com"}},
		{"origin with a path", "api: {allowed_origins: ['https://pos.example.com', 'https://pos.example.com/']}", []string{"api.allowed_origins[1]"}},
		{"origin as no browser writes it", "api: {allowed_origins: ['https://POS.example.com']}", []string{"api.allowed_origins[0]"}},
		{"origin with a port that goes without saying", "api: {allowed_origins: ['http://pos.example.com:8080', 'https://pos.example.com:443']}", []string{"api.allowed_origins[1]"}},
		{"everybody's origin", "api: {allowed_origins: ['*']}", []string{"api.allowed_origins[0]"}},
		{"half a certificate", "api: {tls: true, certificate_file: /a.crt}", []string{"api.certificate_file", "api.key_file"}},
		{"certificate without TLS", "api: {certificate_file: /a.crt, key_file: /a.key}", []string{"api.certificate_file", "api.tls: true"}},
		{"listen", "api: {listen: here}", []string{"api.listen", "host:port"}},
		{"url", "headquarters: {url: hq.example.com}", []string{"headquarters.url", "https://"}},
		{"tax in percent", "standalone: {tax_rate: 20%}", []string{":1:24", "standalone.tax_rate"}},
		{"tax above the price", "standalone: {tax_rate: 20/10}", []string{"standalone.tax_rate"}},
		{"negative", "standalone: {max_amount: -1}", []string{"below 0"}},
		{"short timeout", "standalone: {idle_timeout: 1ms}", []string{"at least 1s"}},
		{"nameless device", "keypads: [{port: b}]", []string{":1:11", "keypads[0].name", "empty"}},
		{"two devices on a port", "keypads: [{name: a, port: b}]\ndisplays: [{name: c, port: b}]", []string{":2:28", `"b" is taken by keypads[0].port`}},
		{"parity", "keypads: [{name: a, port: b, parity: maybe}]", []string{"none, odd, even"}},
		{"port and address", "scanners: [{name: a, port: b, address: 'c:1'}]", []string{"scanners[0].address", "not both"}},
		{"long silence", "scanners: [{name: a, port: b, terminator_timeout: 2s}]", []string{"scanners[0].terminator_timeout", "50ms"}},
		{"two scanners on a port", "scanners: [{name: a, port: b}, {name: c, port: b}]", []string{`"b" is taken by scanners[0].port`}},
		{"a layout nobody knows", "scanners: [{name: a, port: /dev/input/by-id/b-event-kbd, layout: dvorak}]", []string{"scanners[0].layout", "us, de, fr, tr-q"}},
		{"a layout on a serial line", "scanners: [{name: a, port: b, layout: de}]", []string{"scanners[0].layout", "types"}},
		{"a baud where there is no line", "scanners: [{name: a, port: /dev/input/by-id/b-event-kbd, baud: 1200}]", []string{"scanners[0].baud", "leave out"}},
		{"beeps for what types", "scanners: [{name: a, port: /dev/input/by-id/b-event-kbd, protocol: ssi}]", []string{"scanners[0].protocol", "cannot be spoken to"}},
		{"a pad that types", "keypads: [{name: a, port: /dev/input/by-id/b-event-kbd, protocol: z}]", []string{"keypads[0].protocol", "cannot be spoken to"}},
		{"a display that types", "displays: [{name: a, port: /dev/input/by-id/b-event-kbd}]", []string{"displays[0].port", "only types"}},
		{"a printer that types", "printers: [{name: a, port: /dev/input/by-id/b-event-kbd}]", []string{"printers[0].port", "only types"}},
		{"every number a card", "cards: [{prefix: '', length: 13}]", []string{"cards[0].prefix", "begins with"}},
		{"letters of a card", "cards: [{prefix: 'ab', length: 13}]", []string{"cards[0].prefix", "capital"}},
		{"weighed goods as cards", "cards: [{prefix: '2', length: 13}]", []string{"cards[0].prefix", "weighed"}},
		{"one number, two things", "cards: [{prefix: '29', length: 13}]\nbadges: [{prefix: '29', length: 13}]", []string{"badges[0].prefix", "cards[0]'s"}},
		{"length of a card", "cards: [{prefix: '2912', length: 4}]", []string{"cards[0].length", "more than the prefix"}},
		{"address for a host", "card_hosts: ['https://id.example.org']", []string{"card_hosts[0]", "small letters"}},
		{"perhaps", "training: perhaps", []string{":1:11", "training", "true"}},
		{"columns", "printers: [{name: a, port: b, columns: 400}]", []string{"printers[0].columns"}},
		{"durability", "hq: {durability: mirror}", []string{"hq.durability", "backup, replica"}},
		{"replica of nothing", "hq: {durability: replica}", []string{"hq.durability", "hq.database"}},
		{"two mistakes", "region: Turkey\nlog_level: loud", []string{"region", "log_level"}},
		{"mistakes of three kinds", "regoin: DE\nsync: {retry_max: 15}\nlog_level: loud", []string{"nearest", "no unit", "debug, info"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := written(t, c.text)
			_, err := configs.Load([]string{path}, nil)
			if _, ok := errors.AsType[*configs.Error](err); !ok {
				t.Fatalf("got %v", err)
			}
			for _, part := range append(c.want, path) {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q is not in: %v", part, err)
				}
			}
		})
	}
}

// A value that could not be read is refused once, not again for its range.
func TestRefusesOnce(t *testing.T) {
	_, err := configs.Load([]string{written(t, "sync: {retry_max: 15}\nkeypads: [{name: a, port: b, baud: fast}]")}, nil)
	wrong, ok := errors.AsType[*configs.Error](err)
	if !ok || len(wrong.Problems) != 2 {
		t.Errorf("got %v", err)
	}
}

func TestRefusesMissingFile(t *testing.T) {
	_, err := configs.Load([]string{filepath.Join(t.TempDir(), "none.yaml")}, nil)
	if _, ok := errors.AsType[*configs.Error](err); !ok || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("got %v", err)
	}
}

// A misspelt variable, one for a list, and a value that does not fit are told
// with the variable's name.
func TestRefusesEnvironment(t *testing.T) {
	for name, c := range map[string]struct{ value, want string }{
		"LOYALTYD_LOG_LEVLE":      {"debug", "LOYALTYD_LOG_LEVEL"},
		"LOYALTYD_LISTEN":         {"x:1", "LOYALTYD_"},
		"LOYALTYD_KEYPADS":        {"a", "nearest is"},
		"LOYALTYD_SYNC_RETRY_MAX": {"15", "15 has no unit"},
		"LOYALTYD_REGION":         {"", "no region"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, c.value)
			_, err := configs.Load(nil, nil)
			if _, ok := errors.AsType[*configs.Error](err); !ok {
				t.Fatalf("got %v", err)
			}
			if text := err.Error(); !strings.Contains(text, "environment "+name) || !strings.Contains(text, c.want) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestRefusesFlags(t *testing.T) {
	for key, c := range map[string]struct{ value, want string }{
		"data-dir":       {"/x", "data_dir"},
		"keypads":        {"a", "file only"},
		"sync.retry_max": {"15", "flag: sync.retry_max: 15 has no unit"},
	} {
		_, err := configs.Load(nil, map[string]string{key: c.value})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", key, err)
		}
	}
}

func TestTax(t *testing.T) {
	for text, want := range map[string]string{"0": "0/1", "20/100": "20/100"} {
		got, err := configs.Standalone{TaxRate: text}.Tax()
		if err != nil || fmt.Sprint(got) != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}

// FuzzLoad: no file brings Load down, and every refusal is an *Error.
func FuzzLoad(f *testing.F) {
	f.Add(configs.Sample)
	for _, text := range []string{"", "a: [", "keypads: [[]]", "keypads: [{name: {}}]", "? [a]\n: b", "<<: {region: TR}", "region: !!binary AA==", "- a", "x: &a [*a]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := configs.Load([]string{written(t, string(text))}, nil)
		if err == nil {
			return
		}
		if _, ok := errors.AsType[*configs.Error](err); !ok {
			t.Errorf("%v", err)
		}
	})
}
