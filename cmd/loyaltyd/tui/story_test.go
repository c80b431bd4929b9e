package tui_test

import (
	"context"
	"flag"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/pages"
	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/tui"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/receipt"
)

var update = flag.Bool("update", false, "write the screens that the tests show")

const ana = "05321234567"

// Desk is a screen at a till, which is there over HTTP.
type Desk struct {
	*testkit.Till
	t       *testing.T
	book    *testkit.Book
	screens *screen.Screens
	model   tea.Model
}

func newDesk(t *testing.T, language string) *Desk {
	t.Helper()
	d := &Desk{t: t, Till: testkit.NewTill(t, testkit.Program(t))}
	words := pages.Words(language)
	var err error
	if d.Language, err = loyalty.ParseLanguage(words.Lang); err != nil {
		t.Fatal(err)
	}
	d.book = &testkit.Book{Till: d.Till, Stands: screen.Standing{Reached: true, Tried: true}}
	d.screens = &screen.Screens{
		Till: d.Till.Till, Counter: testkit.NewCounter(t, d.Till), Journal: d.book, Columns: 42,
		Header: receipt.Header{Store: "Corner Shop", Terminal: "Lane 1", Zone: d.Zone},
	}
	face := &api.Server{
		Till: d.Till.Till, Token: "secret-token", Release: "1.0.0", Events: api.NewEvents(time.Now()),
		Screens: d.screens,
		Metrics: api.NewMetrics("1.0.0", func(context.Context) (api.Gauges, error) { return api.Gauges{}, nil }),
		Failed:  func(err error) { t.Errorf("the diary was told %v", err) },
	}
	server := httptest.NewServer(face.Handler())
	t.Cleanup(server.Close)
	client := &tui.Client{Base: server.URL, Token: "secret-token", HTTP: server.Client()}
	now, err := client.See(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	d.model = tui.New(t.Context(), client, words, now)
	return d
}

// tell tells the screen something, and what comes of it, until nothing does.
func (d *Desk) tell(msg tea.Msg) {
	for msg != nil {
		_, do := d.model.Update(msg)
		if msg = nil; do != nil {
			msg = do()
		}
	}
}

// names are the keys that are no character.
var names = map[rune]rune{
	'=': tea.KeyEnter, '<': tea.KeyBackspace, 'x': tea.KeyEscape, '^': tea.KeyUp, 'v': tea.KeyDown,
}

// key is a key of the keyboard: a character, or a sign of names.
func key(r rune) tea.KeyPressMsg {
	if code, special := names[r]; special {
		return tea.KeyPressMsg{Code: code}
	}
	return tea.KeyPressMsg{Code: r, Text: string(r)}
}

func (d *Desk) press(keys string) {
	for _, r := range keys {
		d.tell(key(r))
	}
}

// varies is what no two runs have in common.
var varies = regexp.MustCompile(`(?:Entry|Kayıt) [0-9a-f]{12}|\b10000\d{4}\b`)

// colors are what a terminal draws nothing for.
var colors = regexp.MustCompile("\x1b\\[[0-9;]*m")

func (d *Desk) text() string {
	text := colors.ReplaceAllString(d.model.View().Content, "")
	text = regexp.MustCompile(`(?m) +$`).ReplaceAllString(text, "")
	return varies.ReplaceAllStringFunc(text, func(s string) string {
		return regexp.MustCompile(`[0-9a-f]+$`).ReplaceAllStringFunc(s, func(s string) string { return strings.Repeat("0", len(s)) })
	})
}

// shows holds the screen against a golden one.
func (d *Desk) shows(name string) {
	d.t.Helper()
	d.fits()
	text := d.text()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(file, []byte(text+"\n"), 0o644); err != nil {
			d.t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		d.t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text+"\n"); diff != "" {
		d.t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// sizes are of terminals: the smallest that has all, larger ones, and a narrow one.
var sizes = [][2]int{{60, 20}, {100, 30}, {132, 43}, {240, 67}, {80, 24}}

// fits fails where a line is wider than the terminal, or there are more or less of
// them than it has; the size that is left is 80 by 24.
func (d *Desk) fits() {
	d.t.Helper()
	for _, size := range sizes {
		d.tell(tea.WindowSizeMsg{Width: size[0], Height: size[1]})
		text := d.text()
		if lines := strings.Count(text, "\n") + 1; lines != size[1] {
			d.t.Errorf("%d lines on %d by %d:\n%s", lines, size[0], size[1], text)
		}
		for line := range strings.SplitSeq(text, "\n") {
			if lipgloss.Width(line) > size[0] {
				d.t.Errorf("on %d by %d: %q", size[0], size[1], line)
			}
		}
		if strings.Contains(text, "_") {
			d.t.Errorf("a text is missing:\n%s", text)
		}
	}
}

// A member is enrolled, earns, redeems and brings something back, by keys alone: in
// each language.
func TestStory(t *testing.T) {
	newDesk(t, "en").story("")
	newDesk(t, "tr-TR").story("tr-")
}

func (d *Desk) story(language string) {
	shows := func(name string) {
		d.t.Helper()
		d.shows(language + name)
	}
	shows("idle")
	d.press(ana)
	shows("keying")
	d.press("=")
	shows("unknown")
	d.press("c1999")
	shows("selling")
	d.press("=")
	shows("done")
	d.Give(d.account(), 700)
	d.press("x" + ana + "=2500")
	shows("offers")
	d.press("g")
	shows("taken")
	d.press("=x")
	shows("sold")
	d.press("v")
	shows("receipt")
	d.press("e")
	shows("returning")
	d.press("500=")
	shows("returned")
	d.press("x")
	shows("idle-again")
	d.press(ana + "=f")
	shows("own-menu")
	d.press("2")
	shows("new-pin")
}

// account is who was enrolled.
func (d *Desk) account() ledger.AccountID {
	d.t.Helper()
	entries, _ := d.Journal()
	for _, e := range entries {
		if account, ok := e.Subject.Account(); ok {
			return account
		}
	}
	d.t.Fatal("nobody was enrolled")
	return ledger.AccountID{}
}
