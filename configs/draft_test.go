package configs_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/configs"
)

// A draft reads back as what was put in, keeps every comment of the sample, and
// takes texts that YAML would read as something else.
func TestDraft(t *testing.T) {
	d := configs.NewDraft()
	for key, value := range map[string]string{
		"region": "DE", "currency": "EUR", "time_zone": "Europe/Berlin", "operator_id": "0012",
		"program_file": `/srv/a "b": #c.yaml`, "standalone.max_amount": "90000", "standalone.idle_timeout": "1m0s",
	} {
		if err := d.Set(key, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, port := range []string{"/dev/serial/by-id/usb-A", "null"} {
		err := d.Add("displays", configs.Field{Name: "name", Value: "to " + port}, configs.Field{Name: "port", Value: port})
		if err != nil {
			t.Fatal(err)
		}
	}
	got := loaded(t, []string{written(t, string(d.Bytes()))}, nil)

	want := configs.Default()
	want.Region, want.Currency, want.TimeZone, want.OperatorID = "DE", "EUR", "Europe/Berlin", "0012"
	want.ProgramFile, want.Standalone.MaxAmount, want.Standalone.IdleTimeout = `/srv/a "b": #c.yaml`, 90000, 60e9
	for _, port := range []string{"/dev/serial/by-id/usb-A", "null"} {
		want.Displays = append(want.Displays, configs.Display{Name: "to " + port, Protocol: "epson", Charset: "pc437",
			Serial: configs.Serial{Port: port, Baud: 9600, DataBits: 8, Parity: "none", StopBits: 1}})
	}
	if diff := cmp.Diff(want, got.Config); diff != "" {
		t.Error(diff)
	}
	text := string(d.Bytes())
	for line := range strings.Lines(string(configs.Sample)) {
		if strings.HasPrefix(strings.TrimSpace(line), "#") && !strings.Contains(text, line) {
			t.Errorf("the draft lost %q", line)
		}
	}
}

func TestDraftRefusesWhatIsNotInTheSample(t *testing.T) {
	d := configs.NewDraft()
	if d.Set("keypads", "x") == nil || d.Set("regoin", "x") == nil || d.Add("region") == nil {
		t.Error("a draft took what the sample does not have")
	}
}

// Every key in effect says where it came from, those of devices too.
func TestValues(t *testing.T) {
	path := written(t, "region: DE\nkeypads:\n  - {name: lane, port: /dev/x}\n")
	got := map[string]configs.Value{}
	for _, v := range loaded(t, []string{path}, map[string]string{"data_dir": "/srv"}).Values() {
		got[v.Key] = v
	}
	for _, want := range []configs.Value{
		{Key: "data_dir", Value: "/srv", Source: "flag"},
		{Key: "region", Value: "DE", Source: path + ":1:9"},
		{Key: "sync.retry_max", Value: "5m0s", Source: "default"},
		{Key: "keypads[0].port", Value: "/dev/x", Source: path + ":3:24"},
		{Key: "keypads[0].baud", Value: "9600", Source: "default"},
		{Key: "printers", Value: "[]", Source: "default"},
	} {
		if diff := cmp.Diff(want, got[want.Key]); diff != "" {
			t.Error(diff)
		}
	}
}

// FuzzDraft: whatever is answered stands in the file as itself.
func FuzzDraft(f *testing.F) {
	for _, text := range []string{"-", "0012", "null", "~", "yes", "a: b", "a #b", `"`, "'", "é", "a\nb", "[]", "&a", "1e3", " a "} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if text == "" || !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) {
			return // no answer is
		}
		d := configs.NewDraft()
		if err := d.Set("operator_id", text); err != nil {
			t.Fatal(err)
		}
		if got := loaded(t, []string{written(t, string(d.Bytes()))}, nil); got.OperatorID != text {
			t.Errorf("%q is read as %q", text, got.OperatorID)
		}
	})
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) && r != '\n' && r != '\t' }
