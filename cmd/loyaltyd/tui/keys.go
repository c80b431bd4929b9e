package tui

import (
	"slices"
	"strings"

	"github.com/loyaltyd/loyaltyd/api/screen"
)

const (
	// mostAtOnce is how many keys the till takes at once, mostWaiting how many calls
	// wait for a till that is slow: more than that nobody keyed for what she sees.
	mostAtOnce  = 64
	mostWaiting = 8
)

// signs are the keys that are no letters or digits, as the till takes them.
var signs = map[string]string{"enter": "=", "backspace": "<", "delete": "<", "esc": "x"}

// rewardLetters choose the offers, in their order: the letters behind those of the
// keypad.
const rewardLetters = "GHIJKLMN"

// press does what a key does. Alt is Esc before a key: a terminal that gets both at
// once cannot tell them apart.
func (m *Model) press(key string) {
	if rest, alt := strings.CutPrefix(key, "alt+"); alt {
		m.press("esc")
		key = rest
	}
	if key == "up" || key == "down" {
		m.turn(key == "down")
		return
	}
	if m.away {
		return
	}
	m.back = false
	paper, looking := m.paper()
	m.looking = ""
	letter := strings.ToUpper(key)
	switch {
	case looking && (key == "esc" || key == "enter"):
	case looking && letter == "D" && keyed(paper) != "":
		m.enter("x" + keyed(paper) + "D=")
	case looking && letter == "E" && returnable(paper):
		m.enter("xE" + keyed(paper) + "=")
	case signs[key] != "":
		m.enter(signs[key])
	case len(letter) == 1 && strings.Contains("0123456789ABCDEF", letter):
		m.enter(letter)
	case len(letter) == 1 && strings.Contains(rewardLetters, letter):
		m.choose(strings.Index(rewardLetters, letter))
	}
}

// enter has keys pressed, with those that wait already.
func (m *Model) enter(keys string) {
	if last := len(m.queue) - 1; last >= 0 && m.queue[last].reward == "" && len(m.queue[last].keys)+len(keys) <= mostAtOnce {
		m.queue[last].keys += keys
		return
	}
	m.wait(call{keys: keys})
}

func (m *Model) wait(due call) {
	if len(m.queue) < mostWaiting {
		m.queue = append(m.queue, due)
	}
}

func (m *Model) choose(i int) {
	if sum := m.now.Conversation.Sum; sum != nil && i < len(sum.Offers) {
		m.wait(call{reward: sum.Offers[i].ID})
	}
}

// turn goes to the next paper of the last sales, or the one before; above the first
// there is none.
func (m *Model) turn(older bool) {
	i := slices.IndexFunc(m.now.Sold, m.isLooked)
	if older {
		i = min(i+1, len(m.now.Sold)-1)
	} else {
		i--
	}
	m.looking = ""
	if i >= 0 {
		m.looking = m.now.Sold[i].Entry
	}
}

// paper is what is looked at.
func (m *Model) paper() (screen.Sold, bool) {
	i := slices.IndexFunc(m.now.Sold, m.isLooked)
	if i < 0 {
		return screen.Sold{}, false
	}
	return m.now.Sold[i], true
}

func (m *Model) isLooked(s screen.Sold) bool { return s.Entry == m.looking }

// keyed is a receipt's number as it is keyed; empty where it is none.
func keyed(s screen.Sold) string {
	if strings.Trim(s.Receipt, "0123456789") != "" {
		return ""
	}
	return s.Receipt
}

func returnable(s screen.Sold) bool { return s.Kind == "sale" && keyed(s) != "" }
