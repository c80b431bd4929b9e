package pages

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
)

const (
	// visitLasts is how long a browser is known that shows itself no more: a day
	// at the till and the night after it.
	visitLasts = 16 * time.Hour
	// managesFor is how long after the last look a manager need not sign on again.
	managesFor = 15 * time.Minute
	// mostVisitors is how many browsers are known; one more makes the one that was
	// away longest a stranger.
	mostVisitors = 64
)

// visitors are the browsers that are known, by the hash of what their cookie says.
// A restart forgets them.
type visitors struct {
	cookie string
	// pinOf changes with an operator's PIN.
	pinOf func(operator string) [sha256.Size]byte

	mu   sync.Mutex
	seen map[[sha256.Size]byte]*visitor
}

// visitor is one browser.
type visitor struct {
	Operator string            // who signed on in it; empty where nobody needs to
	pin      [sha256.Size]byte // as pinOf said when she signed on
	manages  time.Time
	last     time.Time
}

// open names the cookie for the till: browsers keep one jar for all tills of a
// machine.
func (v *visitors) open(till ledger.TerminalID) {
	v.cookie = "loyaltyd-" + till.String()
	v.seen = map[[sha256.Size]byte]*visitor{}
}

// admit makes a browser known, under a new secret.
func (v *visitors) admit(w http.ResponseWriter, r *http.Request, now time.Time, operator string, manager bool) {
	secret := rand.Text()
	who := &visitor{Operator: operator, pin: v.pinOf(operator), last: now}
	if manager {
		who.manages = now
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.seen) >= mostVisitors {
		v.forgetOldest()
	}
	v.seen[sha256.Sum256([]byte(secret))] = who
	http.SetCookie(w, &http.Cookie{
		Name: v.cookie, Value: secret, Path: "/", HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteStrictMode,
	})
}

func (v *visitors) forgetOldest() {
	var oldest [sha256.Size]byte
	var last time.Time
	for key, who := range v.seen {
		if last.IsZero() || who.last.Before(last) {
			oldest, last = key, who.last
		}
	}
	delete(v.seen, oldest)
}

// known finds who asks; ok is false of a stranger. manages says that a manager
// signed on, or showed herself, not long ago; asking as one keeps it so.
func (v *visitors) known(r *http.Request, now time.Time, asManager bool) (operator string, manages, ok bool) {
	cookie, err := r.Cookie(v.cookie)
	if err != nil {
		return "", false, false
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	key := sha256.Sum256([]byte(cookie.Value))
	who := v.seen[key]
	if who == nil || now.Sub(who.last) > visitLasts || who.pin != v.pinOf(who.Operator) {
		delete(v.seen, key)
		return "", false, false
	}
	who.last = now
	manages = !who.manages.IsZero() && now.Sub(who.manages) <= managesFor
	if manages && asManager {
		who.manages = now
	}
	return who.Operator, manages, true
}

// dismiss makes whoever asks a stranger again.
func (v *visitors) dismiss(r *http.Request) {
	cookie, err := r.Cookie(v.cookie)
	if err != nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.seen, sha256.Sum256([]byte(cookie.Value)))
}

// Knows reports whether a request comes from a browser that may look at Checkout:
// then it may listen to events too.
func (p *Pages) Knows(r *http.Request) bool {
	operator, _, ok := p.visitors.known(r, time.Now(), false)
	if !ok || !p.staffed() {
		return ok
	}
	_, works := p.Staff.Operator(operator)
	return works
}

// sells reports whether a request comes from the browser of who is on duty.
func (p *Pages) sells(r *http.Request) bool {
	operator, _, ok := p.visitors.known(r, time.Now(), false)
	return ok && (!p.staffed() || operator == p.Staff.OnDuty() && operator != "")
}

// pinOf changes with an operator's PIN: another one ends what was signed on with it.
func (p *Pages) pinOf(operator string) [sha256.Size]byte {
	if p.Staff == nil {
		return [sha256.Size]byte{}
	}
	return p.Staff.PINMark(operator)
}

// staffed reports whether operators work here: then who uses a page signs on.
func (p *Pages) staffed() bool { return p.Staff != nil && !p.Staff.Empty() }
