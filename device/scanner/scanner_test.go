package scanner_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/device/scanner"
)

// script is a port that hands over reads at given times; one without bytes is
// the plug, pulled and put in again.
type script []struct {
	after time.Duration
	bytes string
}

func (s script) Run(ctx context.Context, h device.Handler) error {
	h.Online()
	for _, step := range s {
		time.Sleep(step.after)
		if step.bytes == "" {
			h.Offline(errors.New("pulled"), 0)
			h.Online()
			continue
		}
		h.Receive([]byte(step.bytes))
	}
	<-ctx.Done()
	return nil
}
func (s script) Write([]byte) error         { return device.ErrOffline }
func (s script) WireTime(int) time.Duration { return 0 }

// Silence ends a scan where that is agreed, and else a half one, which never
// becomes the beginning of the next.
func TestSilence(t *testing.T) {
	const ms = time.Millisecond
	type told struct {
		What string
		At   time.Duration
	}
	for name, c := range map[string]struct {
		timeout time.Duration
		port    script
		want    []told
	}{
		"a scan in pieces":     {0, script{{0, "590123"}, {999 * ms, "4123457\r"}}, []told{{"5901234123457", 999 * ms}}},
		"half a scan":          {0, script{{0, "5901"}, {1001 * ms, "96385074\r"}}, []told{{misread, 1000 * ms}, {"96385074", 1001 * ms}}},
		"pulled in mid-scan":   {0, script{{0, "5901"}, {10 * ms, ""}, {10 * ms, "96385074\r"}}, []told{{"96385074", 20 * ms}}},
		"pulled, then silence": {0, script{{0, "5901"}, {10 * ms, ""}}, nil},
		"by silence":           {50 * ms, script{{0, "590123"}, {49 * ms, "4123457"}, {51 * ms, "96385074"}}, []told{{"5901234123457", 99 * ms}, {"96385074", 150 * ms}}},
		"by silence, pulled":   {50 * ms, script{{0, "5901"}, {10 * ms, ""}}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				events := make(chan device.Event, 16)
				driver := scanner.New("desk", c.port, events)
				driver.TerminatorTimeout = c.timeout
				ctx, cancel := context.WithCancel(t.Context())
				began := time.Now()
				done := make(chan error)
				go func() { done <- driver.Run(ctx) }()
				time.Sleep(time.Minute)
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
				close(events)
				var got []told
				for e := range events {
					switch e.Kind {
					case device.Scanned:
						got = append(got, told{string(e.Scan.Data), e.At.Sub(began)})
					case device.Misread:
						got = append(got, told{misread, e.At.Sub(began)})
					}
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("told (-want +got):\n%s", diff)
				}
			})
		})
	}
}
