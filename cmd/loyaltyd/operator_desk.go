package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/rs/zerolog"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/configs"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/records"
	"github.com/loyaltyd/loyaltyd/internal/keys"
	"github.com/loyaltyd/loyaltyd/internal/pin"
	"github.com/loyaltyd/loyaltyd/internal/sqlitedb"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
	"github.com/loyaltyd/loyaltyd/loyalty/phone"
	"github.com/loyaltyd/loyaltyd/staff"
)

// staffDesk is where the operators of a till, or of headquarters, are asked for.
type staffDesk struct {
	book *staff.Book
	// hash is how members are found by a number, as typed; nil where nobody is.
	hash   func(typed string) (ledger.KeyedHash, error)
	broken error // why the book cannot be read
	// left are operators of headquarters' folder that its database does not have.
	left int
}

// employ lets the till know who works here, and by which rules. A book that
// cannot be read keeps nobody from selling: what needs an operator's PIN waits.
func (t *terminal) employ() {
	var err error
	t.staff, err = tillStaff(t.config.DataDir, t.identity)
	t.staff.broken = err
	t.till.House = t.house(t.config)
	if err != nil {
		t.log.Error().Err(err).Msg("operators cannot be read: nobody signs on, and what needs a PIN waits")
		return
	}
	t.staff.book.DutyChanged = func() { t.events.Tell(api.DutyChanged{}) }
	t.till.Staff = t.staff.book
}

// house are the rules that a configuration says. Where nobody can be asked for a
// PIN no adjustment is anybody's.
func (t *terminal) house(config configs.Config) checkout.House {
	h := checkout.House{ManagerAbove: ledger.Points(config.Adjust.ManagerAbove), Conduct: conduct(config.Abuse)}
	if t.staff.broken != nil {
		h.ManagerAbove = -1
	}
	return h
}

// current gives the operators as they are now, or says why they cannot be read.
func (d staffDesk) current() (*staff.Book, error) {
	if d.broken != nil {
		return nil, d.failed()
	}
	return d.book, d.book.Refresh()
}

func (d staffDesk) failed() error {
	return fail(exitData, "restore "+staff.FileName+" from a backup, or remove it and take all in again", d.broken)
}

// tillStaff opens the operators of a till's folder.
func tillStaff(dir string, id identity) (staffDesk, error) {
	lookup, err := keys.ParseLookup(id.LookupKey)
	if err != nil {
		return staffDesk{}, err
	}
	book, err := staff.Open(dir, lookup.Sum)
	return staffDesk{book: book, hash: func(typed string) (hash ledger.KeyedHash, err error) {
		number, err := phone.Parse(typed, id.Store.Region)
		if err != nil {
			return hash, err
		}
		return lookup.Hash(ledger.PhoneIdentifier, number.E164()), nil
	}}, err
}

// staffRequest is what is asked of the operators. A PIN goes through the folder's
// own socket, which only its user opens, and nowhere else.
type staffRequest struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Role  string `json:"role,omitempty"`
	Phone string `json:"phone,omitempty"`
	PIN   string `json:"pin,omitempty"`
}

// staffAnswer is who works here, after what was asked.
type staffAnswer struct {
	SignedOn  string           `json:"signed_on"` // empty: nobody
	Operators []listedOperator `json:"operators"`
	// Aside are those of this folder who are not among headquarters' own.
	Aside int `json:"aside,omitempty"`
}

type listedOperator struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      staff.Role `json:"role"`
	OwnNumber bool       `json:"own_number"`             // is known, as a hash
	Wait      string     `json:"wait_for_pin,omitempty"` // too many were wrong
}

// What can be asked.
const (
	staffAdd     = "add"
	staffList    = "list"
	staffPIN     = "pin"
	staffRemove  = "remove"
	staffSignOn  = "sign-on"
	staffSignOff = "sign-off"
)

func (d staffDesk) routes(prefix string) deskRoutes {
	routes := deskRoutes{}
	for _, action := range []string{staffAdd, staffList, staffPIN, staffRemove, staffSignOn, staffSignOff} {
		routes["POST "+prefix+"/operators/"+action] = func(r *http.Request) (any, error) {
			var asked staffRequest
			if err := readAsked(r, &asked); err != nil {
				return nil, err
			}
			return d.do(action, asked)
		}
	}
	return routes
}

func (d staffDesk) do(action string, asked staffRequest) (staffAnswer, error) {
	if _, err := d.current(); err != nil {
		return staffAnswer{}, err
	}
	if err := d.act(action, asked); err != nil {
		return staffAnswer{}, staffFailure(err)
	}
	out := staffAnswer{SignedOn: d.book.OnDuty(), Operators: []listedOperator{}, Aside: d.left}
	for _, o := range d.book.All() {
		listed := listedOperator{ID: o.ID, Name: o.Name, Role: o.Role, OwnNumber: o.Phone != ledger.KeyedHash{}}
		if wait := d.book.Wait(time.Now(), o.ID); wait > 0 {
			listed.Wait = wait.Round(time.Second).String()
		}
		out.Operators = append(out.Operators, listed)
	}
	return out, nil
}

func (d staffDesk) act(action string, asked staffRequest) error {
	var keyed pin.PIN
	if action == staffAdd || action == staffPIN || action == staffSignOn {
		var err error
		if keyed, err = pin.Parse(asked.PIN); err != nil {
			return err
		}
	}
	switch action {
	case staffAdd:
		o := staff.Operator{ID: asked.ID, Name: asked.Name, Role: staff.Role(asked.Role)}
		if asked.Phone != "" && d.hash == nil {
			return fail(exitUsage, "give it at the till she works at", errors.New("headquarters looks at nobody's own number"))
		}
		if asked.Phone != "" {
			var err error
			if o.Phone, err = d.hash(asked.Phone); err != nil {
				return err
			}
		}
		return d.book.Add(o, keyed)
	case staffPIN:
		return d.book.SetPIN(asked.ID, keyed)
	case staffRemove:
		return d.book.Remove(asked.ID)
	case staffSignOn:
		_, err := d.book.SignOn(time.Now(), asked.ID, keyed)
		return err
	case staffSignOff:
		return d.book.SignOff()
	}
	return nil
}

// staffFailure gives what stands between an operator and what she asked for its
// exit code and next step.
func staffFailure(err error) error {
	var need *checkout.ApprovalNeeded
	var bad *checkout.BadAdjustment
	var tries *pin.TooManyTries
	var lookups *checkout.TooManyLookups
	var own *exitError
	var lacks *loyalty.LacksUnits
	switch {
	case errors.As(err, &own), errors.Is(err, sqlitedb.ErrStorage):
		return err
	case errors.As(err, &need) && need.Nobody:
		return fail(exitPermission, "`loyaltyd operator add --role manager` makes one", err)
	case errors.As(err, &need) && need.Manager:
		return fail(exitPermission, "a manager adds --manager with her id and keys her PIN", err)
	case errors.As(err, &need):
		return fail(exitPermission, "sign on, or say --operator and key the PIN", err)
	case errors.As(err, &lookups):
		return fail(exitPermission, "wait, or complete a sale", err)
	case errors.As(err, &tries):
		return fail(exitPermission, "wait, or give her another PIN with `loyaltyd operator pin`", err)
	case errors.Is(err, staff.ErrWrongPIN), errors.Is(err, checkout.ErrNotManager), errors.Is(err, checkout.ErrOwnApproval):
		return fail(exitPermission, "", err)
	case errors.Is(err, staff.ErrNoOperator), errors.Is(err, staff.ErrExists):
		return fail(exitData, "`loyaltyd operator list` shows who works here", err)
	case errors.Is(err, loyalty.ErrUnknownMember), errors.Is(err, records.ErrNotFound):
		return fail(exitFailed, "", loyalty.ErrUnknownMember)
	case errors.As(err, &lacks):
		return fail(exitData, "agree on less: what is set aside for tills, or pending, stays", err)
	case errors.Is(err, loyalty.ErrNoUnit):
		return fail(exitData, "`loyaltyd program list` shows which program is in force; its file names its units", err)
	case errors.Is(err, checkout.ErrOtherAccount), errors.Is(err, hq.ErrOtherAccount):
		return fail(exitData, "`loyaltyd member merge` makes two accounts one", err)
	case errors.Is(err, hq.ErrNoHousehold), errors.Is(err, hq.ErrOneAccount), errors.Is(err, checkout.ErrNoNumber), errors.Is(err, checkout.ErrNoName):
		return fail(exitData, "", err)
	case errors.Is(err, hq.ErrRestoring):
		return fail(exitUnavailable, "`loyaltyd hq restored` says which; try again when they were heard", err)
	case errors.As(err, &bad), errors.Is(err, pin.ErrWeak), errors.Is(err, pin.ErrForm):
		return fail(exitData, "", err)
	}
	return err
}

// askStaff asks the daemon of the folder, or does it where none runs.
func askStaff(ctx context.Context, config configs.Config, action string, asked staffRequest) (answer staffAnswer, err error) {
	prefix := "/till"
	if lookAt(config.DataDir).pureHeadquarters() {
		prefix = "/hq"
	}
	err = askDesk(ctx, config.DataDir, http.MethodPost, prefix+"/operators/"+action, asked, &answer)
	if !errors.Is(err, errNoDaemon) {
		return answer, err
	}
	if _, err := staffIdentity(config); err != nil {
		return answer, err
	}
	lock, err := sqlitedb.LockFolder(config.DataDir)
	if err != nil {
		return answer, err
	}
	defer lock.Close()
	desk, done, err := openStaff(ctx, config)
	if err != nil {
		return answer, err
	}
	answer, err = desk.do(action, asked)
	return answer, errors.Join(err, done())
}

// staffIdentity is the till of a folder; none for headquarters'.
func staffIdentity(config configs.Config) (*identity, error) {
	if lookAt(config.DataDir).pureHeadquarters() {
		return nil, nil
	}
	id, err := readIdentity(config.DataDir)
	return &id, err
}

// openStaff opens the operators of a folder on which no daemon runs; done closes
// what they stand in.
func openStaff(ctx context.Context, config configs.Config) (desk staffDesk, done func() error, err error) {
	id, err := staffIdentity(config)
	if err != nil {
		return desk, nil, err
	}
	if id != nil {
		desk, err = tillStaff(config.DataDir, *id)
		return desk, func() error { return nil }, err
	}
	h, err := hq.Open(ctx, hqOptions(config))
	if err != nil {
		return desk, nil, fmt.Errorf("read operators: %w", err)
	}
	return sharedStaff(config.DataDir, h), h.Close, nil
}

// conduct are the rules that the configuration says.
func conduct(a configs.Abuse) (c checkout.Conduct) {
	c.SameMember.Sales, c.SameMember.Within, c.SameMember.Do = int(a.SameMember.Sales), a.SameMember.Within, checkout.Do(a.SameMember.Do)
	c.OwnNumber, c.AfterTender = checkout.Do(a.OwnNumber.Do), checkout.Do(a.AfterTender.Do)
	return c
}

// conductOf writes into the diary which rules a sale met, and who sold it.
func conductOf(e *ledger.Entry) func(*zerolog.Event) {
	return func(line *zerolog.Event) {
		if len(e.Flags) > 0 {
			line.Strs("flags", e.Flags).Str("operator_id", e.Operator).Str("approver_id", e.Approver)
		}
	}
}
