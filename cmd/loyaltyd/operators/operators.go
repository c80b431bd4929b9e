// Package operators answers what is asked of who works at a till, or at
// headquarters, and says what to do where somebody may not.
package operators

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
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

// Desk is where the operators of a till, or of headquarters, are asked for.
type Desk struct {
	Book *staff.Book
	// hash is how members are found by a number, as typed; nil where nobody is.
	hash   func(typed string) (ledger.KeyedHash, error)
	Broken error // why the book cannot be read
	// Left are operators of headquarters' folder that its database does not have.
	Left int
	// Noted is called with what was changed by a command, by which user of the system,
	// and of whom; nil where nobody keeps a diary.
	Noted func(what, user, operator string)
}

// Current gives the operators as they are now, or says why they cannot be read.
func (d Desk) Current() (*staff.Book, error) {
	if d.Broken != nil {
		return nil, d.failed()
	}
	return d.Book, d.Book.Refresh()
}

func (d Desk) failed() error {
	return exit.Fail(exit.Data, "restore "+staff.FileName+" from a backup, or remove it and take all in again", d.Broken)
}

// OfTill opens the operators of a till's folder.
func OfTill(dir string, id datadir.Identity) (Desk, error) {
	lookup, err := keys.ParseLookup(id.LookupKey)
	if err != nil {
		return Desk{}, err
	}
	book, err := staff.Open(dir, lookup.Sum)
	return Desk{Book: book, hash: func(typed string) (hash ledger.KeyedHash, err error) {
		number, err := phone.Parse(typed, id.Store.Region)
		if err != nil {
			return hash, err
		}
		return lookup.Hash(ledger.PhoneIdentifier, number.E164()), nil
	}}, err
}

// Request is what is asked of the operators. A PIN goes through the folder's
// own socket, which only its user opens, and nowhere else.
type Request struct {
	ID    string `json:"id,omitempty"`
	Name  string `json:"name,omitempty"`
	Role  string `json:"role,omitempty"`
	Phone string `json:"phone,omitempty"`
	PIN   string `json:"pin,omitempty"`
	User  string `json:"user,omitempty"` // of the system, who asks
}

// Answer is who works here, after what was asked.
type Answer struct {
	SignedOn  string   `json:"signed_on"` // empty: nobody
	Operators []Listed `json:"operators"`
	// Aside are those of this folder who are not among headquarters' own.
	Aside int `json:"aside,omitempty"`
}

// Listed is an operator as she is told of.
type Listed struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`
	Role      staff.Role `json:"role"`
	OwnNumber bool       `json:"own_number"`             // is known, as a hash
	Wait      string     `json:"wait_for_pin,omitempty"` // too many were wrong
}

// What can be asked.
const (
	Add     = "add"
	List    = "list"
	SetPIN  = "pin"
	Remove  = "remove"
	SignOn  = "sign-on"
	SignOff = "sign-off"
)

// changes are what the diary says of what changes who works here.
var changes = map[string]string{Add: "operator added", SetPIN: "operator's PIN set", Remove: "operator removed"}

// Routes are what a daemon answers of them, under /till or /hq.
func (d Desk) Routes(prefix string) desk.Routes {
	routes := desk.Routes{}
	for _, action := range []string{Add, List, SetPIN, Remove, SignOn, SignOff} {
		routes["POST "+prefix+"/operators/"+action] = func(r *http.Request) (any, error) {
			var asked Request
			if err := desk.Read(r, &asked); err != nil {
				return nil, err
			}
			return d.do(action, asked)
		}
	}
	return routes
}

func (d Desk) do(action string, asked Request) (Answer, error) {
	if _, err := d.Current(); err != nil {
		return Answer{}, err
	}
	if err := d.act(action, asked); err != nil {
		return Answer{}, Failure(err)
	}
	if what := changes[action]; what != "" && d.Noted != nil {
		d.Noted(what, asked.User, asked.ID)
	}
	out := Answer{SignedOn: d.Book.OnDuty(), Operators: []Listed{}, Aside: d.Left}
	for _, o := range d.Book.All() {
		listed := Listed{ID: o.ID, Name: o.Name, Role: o.Role, OwnNumber: o.Phone != ledger.KeyedHash{}}
		if wait := d.Book.Wait(time.Now(), o.ID); wait > 0 {
			listed.Wait = wait.Round(time.Second).String()
		}
		out.Operators = append(out.Operators, listed)
	}
	return out, nil
}

func (d Desk) act(action string, asked Request) error {
	var keyed pin.PIN
	if action == Add || action == SetPIN || action == SignOn {
		var err error
		if keyed, err = pin.Parse(asked.PIN); err != nil {
			return err
		}
	}
	switch action {
	case Add:
		o := staff.Operator{ID: asked.ID, Name: asked.Name, Role: staff.Role(asked.Role)}
		if asked.Phone != "" && d.hash == nil {
			return exit.Fail(exit.Usage, "give it at the till she works at", errors.New("headquarters looks at nobody's own number"))
		}
		if asked.Phone != "" {
			var err error
			if o.Phone, err = d.hash(asked.Phone); err != nil {
				return err
			}
		}
		return d.Book.Add(o, keyed)
	case SetPIN:
		return d.Book.SetPIN(asked.ID, keyed)
	case Remove:
		return d.Book.Remove(asked.ID)
	case SignOn:
		_, err := d.Book.SignOn(time.Now(), asked.ID, keyed)
		return err
	case SignOff:
		return d.Book.SignOff()
	}
	return nil
}

// Failure gives what stands between an operator and what she asked for its
// exit code and next step.
func Failure(err error) error {
	var need *checkout.ApprovalNeeded
	var bad *checkout.BadAdjustment
	var tries *pin.TooManyTries
	var lookups *checkout.TooManyLookups
	var own *exit.Error
	var lacks *loyalty.LacksUnits
	switch {
	case errors.As(err, &own), errors.Is(err, sqlitedb.ErrStorage):
		return err
	case errors.As(err, &need) && need.Nobody:
		return exit.Fail(exit.Permission, "`loyaltyd operator add --role manager` makes one", err)
	case errors.As(err, &need) && need.Manager:
		return exit.Fail(exit.Permission, "a manager adds --manager with her id and keys her PIN", err)
	case errors.As(err, &need):
		return exit.Fail(exit.Permission, "sign on, or say --operator and key the PIN", err)
	case errors.As(err, &lookups):
		return exit.Fail(exit.Permission, "wait, or complete a sale", err)
	case errors.As(err, &tries):
		return exit.Fail(exit.Permission, "wait, or give her another PIN with `loyaltyd operator pin`", err)
	case errors.Is(err, staff.ErrWrongPIN), errors.Is(err, checkout.ErrNotManager), errors.Is(err, checkout.ErrOwnApproval):
		return exit.Fail(exit.Permission, "", err)
	case errors.Is(err, staff.ErrNoOperator), errors.Is(err, staff.ErrExists):
		return exit.Fail(exit.Data, "`loyaltyd operator list` shows who works here", err)
	case errors.Is(err, loyalty.ErrUnknownMember), errors.Is(err, records.ErrNotFound):
		return exit.Fail(exit.Failed, "", loyalty.ErrUnknownMember)
	case errors.As(err, &lacks):
		return exit.Fail(exit.Data, "agree on less: what is set aside for tills, or pending, stays", err)
	case errors.Is(err, loyalty.ErrNoUnit):
		return exit.Fail(exit.Data, "`loyaltyd program list` shows which program is in force; its file names its units", err)
	case errors.Is(err, checkout.ErrOtherAccount), errors.Is(err, hq.ErrOtherAccount):
		return exit.Fail(exit.Data, "`loyaltyd member merge` makes two accounts one", err)
	case errors.Is(err, hq.ErrNoHousehold), errors.Is(err, hq.ErrOneAccount), errors.Is(err, checkout.ErrNoNumber), errors.Is(err, checkout.ErrNoName):
		return exit.Fail(exit.Data, "", err)
	case errors.Is(err, hq.ErrRestoring):
		return exit.Fail(exit.Unavailable, "`loyaltyd hq restored` says which; try again when they were heard", err)
	case errors.As(err, &bad), errors.Is(err, pin.ErrWeak), errors.Is(err, pin.ErrForm):
		return exit.Fail(exit.Data, "", err)
	}
	return err
}

// Ask asks the daemon of the folder, or does it where none runs.
func Ask(ctx context.Context, config configs.Config, action string, asked Request) (answer Answer, err error) {
	prefix := "/till"
	if datadir.Look(config.DataDir).PureHeadquarters() {
		prefix = "/hq"
	}
	err = desk.Ask(ctx, config.DataDir, http.MethodPost, prefix+"/operators/"+action, asked, &answer)
	if !errors.Is(err, desk.ErrNoDaemon) {
		return answer, err
	}
	if _, err := identityOf(config); err != nil {
		return answer, err
	}
	lock, err := sqlitedb.LockFolder(config.DataDir)
	if err != nil {
		return answer, err
	}
	defer lock.Close()
	desk, done, err := open(ctx, config)
	if err != nil {
		return answer, err
	}
	answer, err = desk.do(action, asked)
	return answer, errors.Join(err, done())
}

// identityOf is the till of a folder; none for headquarters'.
func identityOf(config configs.Config) (*datadir.Identity, error) {
	if datadir.Look(config.DataDir).PureHeadquarters() {
		return nil, nil
	}
	id, err := datadir.ReadIdentity(config.DataDir)
	return &id, err
}

// open opens the operators of a folder on which no daemon runs; done closes
// what they stand in.
func open(ctx context.Context, config configs.Config) (desk Desk, done func() error, err error) {
	id, err := identityOf(config)
	if err != nil {
		return desk, nil, err
	}
	if id != nil {
		desk, err = OfTill(config.DataDir, *id)
		return desk, func() error { return nil }, err
	}
	h, err := hq.Open(ctx, datadir.HQOptions(config))
	if err != nil {
		return desk, nil, fmt.Errorf("read operators: %w", err)
	}
	return Shared(config.DataDir, h), h.Close, nil
}

// Shared opens the operators of headquarters, who stand in its database.
func Shared(dir string, h *hq.Headquarters) (desk Desk) {
	desk.Book, desk.Left, desk.Broken = staff.OpenShared(dir, h.Keyed, h)
	return desk
}

// Approves wants a manager's PIN.
func (d *Desk) Approves(manager, pin string) error {
	book, err := d.Current()
	if err != nil {
		return err
	}
	approval, err := ApprovalBy(manager, pin)
	if err == nil {
		_, err = checkout.ByManager(book, time.Now(), approval)
	}
	if err != nil {
		return Failure(err)
	}
	return nil
}

// ApprovalBy is an operator's word for what is asked; nil where no PIN came along.
func ApprovalBy(operator, keyed string) (*staff.Approval, error) {
	if keyed == "" {
		return nil, nil
	}
	parsed, err := pin.Parse(keyed)
	return &staff.Approval{Operator: operator, PIN: parsed}, err
}
