package tui_test

import (
	"context"
	"errors"
	"image/color"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/pages"
	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/tui"
	"github.com/loyaltyd/loyaltyd/internal/testkit"
)

// A screen says when headquarters is away and what waits, which device is in
// trouble, that nothing can be saved, and that nothing is real.
func TestBadge(t *testing.T) {
	d := newDesk(t, "en")
	d.book.Stands = screen.Standing{
		Tried: true, Since: testkit.Noon, Unsent: 3, Devices: []screen.Device{
			{Name: "front", Kind: "printer", Online: true, Since: testkit.Noon, Fault: true, Status: "paper empty"},
			{Name: "pad", Kind: "keypad", Since: testkit.Noon, Why: "gone"},
			{Name: "display", Kind: "display", Online: true, Since: testkit.Noon},
		},
	}
	d.tell(tui.Changed{})
	d.shows("trouble")
	d.book.Stands = screen.Standing{Storage: "disk full"}
	d.tell(tui.Changed{})
	d.shows("storage")
	d.screens.Header.Training, d.book.Stands.Storage = true, ""
	d.screens.Header.Store = strings.Repeat("A long name. ", 10)
	d.tell(tui.Changed{})
	d.shows("training")
}

// A till that is gone is said to be gone, and nothing of a customer is left on the
// screen; no key is kept for later, and once it is back that is said until somebody
// goes on.
func TestAway(t *testing.T) {
	d := newDesk(t, "en")
	d.press(ana + "=")
	d.tell(tui.Lost{})
	d.shows("away")
	d.press("c1999=")
	if text := d.text(); strings.Contains(text, "4567") {
		t.Errorf("she is still seen:\n%s", text)
	}
	d.tell(tui.Found{})
	d.shows("back")
	d.press("x")
	d.shows("idle")
}

// scripted is a till at the other end of a call.
type scripted struct {
	pressed []string
	err     error
}

func (s *scripted) See(context.Context) (api.Counter, error) { return api.Counter{}, s.err }

func (s *scripted) Press(_ context.Context, keys string) (screen.Conversation, error) {
	s.pressed = append(s.pressed, keys)
	return screen.Conversation{}, s.err
}

func (s *scripted) Choose(_ context.Context, reward string) (screen.Conversation, error) {
	s.pressed = append(s.pressed, reward)
	return screen.Conversation{}, s.err
}

// However fast somebody keys, keys arrive in their order and once: those that are
// pressed while an answer is under way go together behind it. Where the answer does
// not come, what was keyed behind it is dropped.
func TestKeysInOrder(t *testing.T) {
	till := &scripted{}
	model := tui.New(t.Context(), till, pages.Words("en"), api.Counter{})
	_, first := model.Update(key('0'))
	for _, r := range "532=" {
		if _, do := model.Update(key(r)); do != nil {
			t.Fatalf("%c is pressed beside another", r)
		}
	}
	_, second := model.Update(first())
	till.err = errors.New("gone")
	if _, do := model.Update(key('7')); do != nil {
		t.Fatal("7 is pressed beside another")
	}
	if _, do := model.Update(second()); do != nil {
		t.Error("something is asked of a till that is gone")
	}
	if got := strings.Join(till.pressed, " "); got != "0 532=" {
		t.Errorf("pressed %q", got)
	}
	if text := model.View().Content; !strings.Contains(text, "does not answer") {
		t.Errorf("it is not said:\n%s", text)
	}
}

// A reward that is chosen between keys is chosen between them, and Esc that a terminal
// got together with the next key is Esc.
func TestRewardInOrder(t *testing.T) {
	till := &scripted{}
	now := api.Counter{Conversation: screen.Conversation{Sum: &screen.Sum{Offers: []screen.Choice{{ID: "five"}}}}}
	model := tui.New(t.Context(), till, pages.Words("en"), now)
	_, do := model.Update(key('1'))
	for _, msg := range []tea.Msg{key('9'), key('g'), key('='), tea.KeyPressMsg{Code: '5', Mod: tea.ModAlt}} {
		model.Update(msg)
	}
	for do != nil {
		_, do = model.Update(do())
	}
	if got := strings.Join(till.pressed, " "); got != "1 9 five =x5" {
		t.Errorf("pressed %q", got)
	}
}

// What is no key of the counter does nothing, pasted text neither; Ctrl+C leaves.
func TestOtherKeys(t *testing.T) {
	till := &scripted{}
	model := tui.New(t.Context(), till, pages.Words("en"), api.Counter{})
	for _, msg := range []tea.Msg{
		key('z'), key('ş'), key('+'), key('g'), key('^'), key('v'), tea.KeyPressMsg{Code: tea.KeyF1}, tea.PasteMsg{Content: "0532"},
		tea.KeyPressMsg{Code: 'a', Mod: tea.ModCtrl},
	} {
		if _, do := model.Update(msg); do != nil {
			t.Errorf("%v does something", msg)
		}
	}
	_, do := model.Update(tea.KeyPressMsg{Code: 'c', Mod: tea.ModCtrl})
	if do == nil {
		t.Fatal("Ctrl+C does nothing")
	}
	if _, quits := do().(tea.QuitMsg); !quits {
		t.Error("Ctrl+C does not leave")
	}
}

// On a light background the colors are others, and the text the same.
func TestLight(t *testing.T) {
	d := newDesk(t, "en")
	dark := d.model.View().Content
	d.tell(tea.BackgroundColorMsg{Color: color.White})
	light := d.model.View().Content
	if light == dark {
		t.Error("the colors are the same")
	}
	if colors.ReplaceAllString(light, "") != colors.ReplaceAllString(dark, "") {
		t.Error("the text is another")
	}
}
