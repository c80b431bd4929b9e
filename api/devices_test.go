package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/device"
)

// bench is a till's devices that do what a test says.
type bench struct {
	err   error
	jobs  []string
	shown string
}

func (b *bench) List() []api.Device {
	return []api.Device{{Name: "front", Kind: "printer", Online: true, Status: "ready"}}
}

func (b *bench) PrintLines(_ string, lines []string) (string, error) {
	return b.print(strings.Join(lines, "|"))
}

func (b *bench) PrintRaw(_ string, job []byte) (string, error) { return b.print(string(job)) }

func (b *bench) print(job string) (string, error) {
	if b.err == nil {
		b.jobs = append(b.jobs, job)
	}
	return "front", b.err
}

func (b *bench) Lend(_ context.Context, upper, lower string, last time.Duration) (bool, error) {
	b.shown = fmt.Sprint(upper, "|", lower, "|", last)
	return true, b.err
}

// A paper is printed once, however often it is sent; another one under its id is a
// conflict, and one that the printer refused may be sent again.
func TestPrint(t *testing.T) {
	s := newShop(t)
	devices := &bench{}
	s.face.Devices = devices
	const lines = `{"print_id":"P-1","lines":["Milk  19.99","Total 19.99"]}`
	for _, c := range []struct {
		err    error
		status int
		typ    string
	}{
		{fmt.Errorf("printer %q: %w", "front", device.ErrNoPaper), 503, "printer-not-ready"},
		{device.ErrCoverOpen, 503, "printer-not-ready"},
		{device.ErrOffline, 503, "printer-not-ready"},
		{device.ErrFull, 503, "printer-busy"},
		{device.ErrTooLarge, 413, "too-large"},
		{api.ErrNoDevice, 404, "no-such-device"},
		{fmt.Errorf("%w: it ends in the middle of a command", api.ErrForeign), 422, "bad-print"},
		{errors.New("on fire"), 503, "not-saved"},
	} {
		devices.err = c.err
		s.wants(s.ask("POST", "/v1/print", lines), c.status, c.typ)
	}
	devices.err = nil
	first := read[api.Printed](s, s.ask("POST", "/v1/print", lines))
	again := read[api.Printed](s, s.ask("POST", "/v1/print", lines))
	if first != (api.Printed{ID: "P-1", Device: "front"}) || again != (api.Printed{ID: "P-1", Device: "front", Repeat: true}) {
		t.Errorf("first %+v, again %+v", first, again)
	}
	s.wants(s.ask("POST", "/v1/print", strings.Replace(lines, "Milk", "Tea", 1)), http.StatusConflict, "print-conflict")
	read[api.Printed](s, s.ask("POST", "/v1/print", `{"print_id":"P-2","raw":"G0B4HVYA"}`))
	if diff := cmp.Diff([]string{"Milk  19.99|Total 19.99", "\x1b@x\x1dV\x00"}, devices.jobs); diff != "" {
		t.Error(diff)
	}
	for _, bad := range []string{
		`{"print_id":"P-3"}`, `{"print_id":"P-3","lines":["a"],"raw":"YQ=="}`, `{"print_id":"P 3","lines":["a"]}`, `{"lines":["a"]}`,
		`{"print_id":"P-3","lines":[` + strings.Repeat(`"a",`, 300) + `"a"]}`, `{"print_id":"P-3","raw":"` + strings.Repeat("YWFh", 6000) + `"}`,
	} {
		s.problem(s.ask("POST", "/v1/print", bad), http.StatusUnprocessableEntity)
	}
	for i := range 300 {
		read[api.Printed](s, s.ask("POST", "/v1/print", fmt.Sprintf(`{"print_id":"Q-%d","lines":["a"]}`, i)))
	}
	if read[api.Printed](s, s.ask("POST", "/v1/print", lines)).Repeat {
		t.Error("papers are remembered without end")
	}
}

// The display is lent for as long as is said, and taken back.
func TestDisplay(t *testing.T) {
	s := newShop(t)
	devices := &bench{}
	s.face.Devices = devices
	for body, want := range map[string]string{
		`{"lines":["Milk 19.99","Total 19.99"]}`: "Milk 19.99|Total 19.99|1m0s",
		`{"lines":["Hello"],"seconds":5}`:        "Hello||5s",
	} {
		if !read[api.Lent](s, s.ask("PUT", "/v1/display", body)).Here || devices.shown != want {
			t.Errorf("%s: shown %q", body, devices.shown)
		}
	}
	if a := s.ask("DELETE", "/v1/display", ""); a.StatusCode != http.StatusNoContent || devices.shown != "||0s" {
		t.Errorf("%d, %q", a.StatusCode, devices.shown)
	}
	for _, bad := range []string{`{"lines":[]}`, `{"lines":["a","b","c"]}`, `{"lines":["a"],"seconds":601}`, `{"lines":["` + strings.Repeat("x", 201) + `"]}`} {
		s.problem(s.ask("PUT", "/v1/display", bad), http.StatusUnprocessableEntity)
	}
	devices.err = api.ErrNoDevice
	s.wants(s.ask("PUT", "/v1/display", `{"lines":["a"]}`), http.StatusNotFound, "no-such-device")
	want := api.DeviceList{Devices: []api.Device{{Name: "front", Kind: "printer", Online: true, Status: "ready"}}}
	if diff := cmp.Diff(want, read[api.DeviceList](s, s.ask("GET", "/v1/devices", ""))); diff != "" {
		t.Error(diff)
	}
}
