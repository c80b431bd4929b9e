package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stage"
	"github.com/loyaltyd/loyaltyd/device/sim"
)

// bell tells which parts of the page are others than before.
type bell struct {
	mu    sync.Mutex
	rings map[string]int
	more  chan struct{} // closed at the next ring
}

func newBell() *bell { return &bell{rings: map[string]int{}, more: make(chan struct{})} }

func (b *bell) ring(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rings[part]++
	close(b.more)
	b.more = make(chan struct{})
}

// heard gives the parts that rang since what was heard before, which it notes.
func (b *bell) heard(before map[string]int) (parts []string, more <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for part, n := range b.rings {
		if before[part] != n {
			before[part] = n
			parts = append(parts, part)
		}
	}
	return parts, b.more
}

// listen streams the names of parts as they change.
func (v *Virtual) listen(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	out := http.NewResponseController(w)
	before := map[string]int{}
	v.bell.heard(before) // what was is on the page
	for {
		parts, more := v.bell.heard(before)
		for _, part := range parts {
			fmt.Fprintf(w, "event: %s\ndata: changed\n\n", part)
		}
		if out.Flush() != nil {
			return
		}
		select {
		case <-more:
		case <-r.Context().Done():
			return
		}
	}
}

// watch rings whenever a till's display or printer shows something else, or the
// till stands otherwise.
func (v *Virtual) watch(ctx context.Context, lane *stage.Lane) {
	v.wg.Go(func() {
		upper, lower := lane.Display.Lines()
		for lane.Display.Wait(ctx, func(u, l string) bool { return u != upper || l != lower }) == nil {
			upper, lower = lane.Display.Lines()
			v.bell.ring(lane.Name)
		}
	})
	v.wg.Go(func() {
		printed := len(lane.Printer.Receipts())
		for lane.Printer.Wait(ctx, func(all []sim.Receipt) bool { return len(all) != printed }) == nil {
			printed = len(lane.Printer.Receipts())
			v.bell.ring(lane.Name)
		}
	})
	v.wg.Go(func() { v.watchStanding(ctx, lane) })
}

// standing is what a till says of itself, as its page's badge does.
type standing struct {
	Asked  bool // it was asked, and answered
	Online bool // headquarters is reached
	Unsent int
}

// askEvery is how often a till is asked.
const askEvery = time.Second

func (v *Virtual) watchStanding(ctx context.Context, lane *stage.Lane) {
	for {
		now := v.ask(ctx, lane)
		v.mu.Lock()
		changed := v.standings[lane.Name] != now
		v.standings[lane.Name] = now
		v.mu.Unlock()
		if changed {
			v.bell.ring(lane.Name)
		}
		select {
		case <-time.After(askEvery):
		case <-ctx.Done():
			return
		}
	}
}

// ask reads a till's status; one that does not answer is not known to be online.
func (v *Virtual) ask(ctx context.Context, lane *stage.Lane) (out standing) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	token, err := os.ReadFile(filepath.Join(v.stage.Folder(lane.Name), "api.token"))
	if err != nil {
		return out
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+lane.Address+"/status", nil)
	if err != nil {
		return out
	}
	r.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return out
	}
	defer answer.Body.Close()
	var status struct {
		Unsent int `json:"unsent"`
		Live   struct {
			Reach struct {
				Reached bool `json:"reached"`
			} `json:"headquarters"`
		} `json:"live"`
	}
	if json.NewDecoder(answer.Body).Decode(&status) != nil {
		return out
	}
	return standing{true, status.Live.Reach.Reached, status.Unsent}
}
