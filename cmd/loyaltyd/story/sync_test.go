package story_test

import (
	"strings"
	"testing"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// `sync now` sends what is unsent through the daemon and without one, and says
// why it could not; nothing is lost by that.
func TestSyncNow(t *testing.T) {
	ctx := testkit.Within(t, time.Minute)
	s := newStage(t)
	if err := s.Open(ctx, "till"); err != nil {
		t.Fatal(err)
	}
	l := s.Lanes[0]
	s.Network.Cut()
	for _, step := range [][2]string{{"05320000001\r", "New?"}, {"C", "Amount"}, {"60000\r", "+600"}} {
		if err := l.Press(ctx, step[0], step[1]); err != nil {
			t.Fatal(err)
		}
	}
	var done terminal.ExchangeReport
	err := s.Ask(ctx, &done, "till", "sync", "now")
	if err == nil || !strings.Contains(err.Error(), "exit 69") || !strings.Contains(err.Error(), "sends its 2 entries") {
		t.Errorf("without a network: %+v, %v", done, err)
	}
	l.Process.Stop()
	if err := s.Ask(ctx, &done, "till", "sync", "now"); err == nil || !strings.Contains(err.Error(), "exit 69") {
		t.Errorf("without network and daemon: %+v, %v", done, err)
	}
	if err := s.Network.Restore(); err != nil {
		t.Fatal(err)
	}
	if err := s.Ask(ctx, &done, "till", "sync", "now"); err != nil || done.Sent != 2 || done.Unsent != 0 {
		t.Errorf("without a daemon: %+v, %v", done, err)
	}
	if err := s.Boot(ctx, l); err != nil {
		t.Fatal(err)
	}
	if err := s.Ask(ctx, &done, "till", "sync", "now"); err != nil || done.Unsent != 0 {
		t.Errorf("through the daemon: %+v, %v", done, err)
	}
}
