// Package tui is the counter in a terminal, for tills without a browser: the same
// conversation that keypad, display and pages have, over the till's local API. It
// keeps nothing but what it saw last, and what it presses is pressed there.
package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/internal/page"
)

// Till is the till as a screen has it. Its methods are called one after the other.
type Till interface {
	See(ctx context.Context) (api.Counter, error)
	Press(ctx context.Context, keys string) (screen.Conversation, error)
	Choose(ctx context.Context, reward string) (screen.Conversation, error)
}

var _ Till = (*Client)(nil)

// Found says that the till is there, Changed that something may be otherwise, Lost
// that the till is gone.
type (
	Found   struct{}
	Changed struct{}
	Lost    struct{}
)

// saw is the counter as the till told it; pressed what came of a key.
type (
	saw struct {
		counter api.Counter
		err     error
	}
	pressed struct {
		conversation screen.Conversation
		err          error
	}
)

// Model is the screen.
type Model struct {
	ctx   context.Context
	till  Till
	words page.Words
	look  look

	width, height int

	now     api.Counter
	looking string // entry of the paper that is looked at; empty where none is
	away    bool   // the till does not answer
	back    bool   // it was away, and nobody has pressed a key since

	// One call is under way at a time, so that keys arrive in their order and an
	// older answer is never taken for a newer one.
	busy  bool
	queue []call // that are due next
	stale bool   // look again then
}

// call is keys to be pressed, or a reward to be chosen.
type call struct{ keys, reward string }

// New is the screen of a till that was seen already.
func New(ctx context.Context, till Till, words page.Words, now api.Counter) *Model {
	return &Model{ctx: ctx, till: till, words: words, look: lookOn(true), width: 80, height: 24, now: now}
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd { return tea.RequestBackgroundColor }

// Update implements tea.Model.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		m.look = lookOn(msg.IsDark())
	case tea.KeyPressMsg:
		if msg.String() == "ctrl+c" {
			return m, tea.Quit
		}
		m.press(msg.String())
	case Found, Changed:
		m.stale = true
	case Lost:
		m.lost()
	case saw:
		m.busy = false
		m.take(msg.err, func() { m.now = msg.counter })
	case pressed:
		m.busy, m.stale = false, true
		m.take(msg.err, func() { m.now.Conversation = msg.conversation })
	}
	return m, m.next()
}

// take takes an answer over.
func (m *Model) take(err error, see func()) {
	if err != nil {
		m.lost()
		return
	}
	see()
	if m.away {
		m.away, m.back = false, true
	}
}

// lost drops what was not pressed yet: it was keyed for what nobody sees any more.
func (m *Model) lost() {
	m.away, m.back = true, false
	m.queue, m.stale = nil, false
}

// next is what is due.
func (m *Model) next() tea.Cmd {
	switch {
	case m.busy:
		return nil
	case len(m.queue) > 0:
		due := m.queue[0]
		m.queue, m.busy = m.queue[1:], true
		return func() tea.Msg { return m.do(due) }
	case m.stale:
		m.stale, m.busy = false, true
		return func() tea.Msg {
			now, err := m.till.See(m.ctx)
			return saw{now, err}
		}
	}
	return nil
}

func (m *Model) do(due call) tea.Msg {
	if due.reward != "" {
		now, err := m.till.Choose(m.ctx, due.reward)
		return pressed{now, err}
	}
	now, err := m.till.Press(m.ctx, due.keys)
	return pressed{now, err}
}

// t says a text of the pages.
func (m *Model) t(id string, pairs ...any) string {
	text, err := m.words.T(id, pairs...)
	if err != nil {
		return id // a test says each of them
	}
	return text
}
