package doctor

import (
	"cmp"
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/datadir"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/stamp"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/terminal"
	hqsync "github.com/loyaltyd/loyaltyd/sync"
	"github.com/loyaltyd/loyaltyd/sync/wire"
)

func lookAtProgram(_ context.Context, p *patient, t teller) {
	if p.program == nil {
		return // said with the configuration
	}
	store := p.id.Store
	others := p.held != nil && p.held.Published && !p.id.Own()
	if !others && store.Currency != "" && store.Currency != p.program.Currency() {
		t.wrong("set program_file to the store's program, or currency to "+string(store.Currency),
			"it counts in %s, and the store in %s", p.program.Currency(), store.Currency)
		return
	}
	if _, err := time.LoadLocation(cmp.Or(store.TimeZone, p.config.TimeZone)); err != nil {
		t.wrong("correct the store's time zone at headquarters", "%v", err)
		return
	}
	zone := cmp.Or(store.TimeZone, p.config.TimeZone)
	switch held := p.held; {
	case held == nil || held.ID == "":
		t.ok("%s, in %s, days end in %s", p.program.Ref().ID, p.program.Currency(), zone)
	case len(held.Unread) > 0:
		t.wrong("install the newest release", "a newer version than %d of %s cannot be read by this release: %s", held.Version, held.ID, held.Unread[0])
	case p.config.ProgramFile != "" && !p.id.Own() && held.ID != p.program.Ref().ID:
		t.note("leave program_file out of the configuration", "headquarters' %s, version %d, is in force; program_file held only until it was heard", held.ID, held.Version)
	default:
		t.ok("%s, version %d, in %s, days end in %s", held.ID, held.Version, cmp.Or(store.Currency, p.program.Currency()), zone)
	}
}

func lookAtClock(_ context.Context, p *patient, t teller) {
	if p.till != nil && p.till.ClockOff && p.till.LastContact != 0 {
		t.wrong("set it right; if it is right as it stands: `loyaltyd clock accept`",
			"it says %s, and %s was seen before: nothing is redeemed until headquarters tells the time",
			stamp.At(p.now, p.zone), stamp.Of(p.till.ClockMark, p.zone))
		return
	}
	var state unix.Timex
	if code, err := unix.Adjtimex(&state); err == nil && code == unix.TIME_ERROR {
		t.note("timedatectl set-ntp true", "it says %s, and nothing sets it", stamp.At(p.now, p.zone))
		return
	}
	t.ok("%s, synchronized", stamp.At(p.now, p.zone))
}

func lookAtAPI(_ context.Context, p *patient, t teller) {
	if p.folder.PureHeadquarters() || p.config.API.Listen == "" {
		return
	}
	host, _, err := net.SplitHostPort(p.config.API.Listen)
	if ip := net.ParseIP(host); !p.config.API.TLS && err == nil && host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		t.wrong("set api.listen to 127.0.0.1 where the POS is on this machine; else api.tls to true, and let a firewall pass the POS alone",
			"%s can be reached from the network, unencrypted", p.config.API.Listen)
		return
	}
	if p.runs {
		t.ok("listens on %s", p.config.API.Listen)
		return
	}
	listener, err := net.Listen("tcp", p.config.API.Listen)
	if err != nil {
		t.wrong("end the other program, or set api.listen to another port", "%s is taken by another program", p.config.API.Listen)
		return
	}
	listener.Close()
	t.ok("%s is free", p.config.API.Listen)
}

// askingWait is how long headquarters may take to answer at all.
const askingWait = 5 * time.Second

func lookAtHeadquarters(ctx context.Context, p *patient, t teller) {
	switch {
	case p.folder.PureHeadquarters():
		lookAtOwn(ctx, p, t, "headquarters", "nothing else has what is in it")
		return
	case p.folder.Retired && !p.folder.Key:
		t.note("start `loyaltyd hq` where the file of `loyaltyd hq retire` was imported; this folder may go once it is at work there", "the headquarters that was here retired")
		return
	case !p.folder.Key:
		t.note("`loyaltyd enroll CODE` before the first start, where there is a headquarters", "this till was not started yet: it will be its own")
		return
	case p.id.PublicKey == nil:
		return // the key file cannot be read, which was said
	case p.id.Own():
		lookAtOwn(ctx, p, t, "this till's own", "the till sells on meanwhile")
		return
	}
	address := cmp.Or(p.config.Headquarters.URL, p.id.URL)
	transport := hqsync.NewHTTP(address, p.keys.Has)
	defer transport.Close()
	ctx, cancel := context.WithTimeout(ctx, askingWait)
	defer cancel()
	if _, err := transport.Do(ctx, hqsync.Request{Method: http.MethodGet, Target: wire.HelloPath, Header: http.Header{}}); err != nil {
		t.wrong("is the network there, and headquarters running? if it moved, set headquarters.url", "%s is not reached with a key that is known: %v", address, err)
		return
	}
	if err := hqsync.NewExchange(p.id.Exchanging(), datadir.KeysOnly{Kept: p.keys.Successions()}, transport, time.Now, nil).Known(ctx); errors.Is(err, hqsync.ErrUnknown) {
		p.forgotten = true
		t.wrong(p.id.ForgottenHint(), "%v", err)
		return
	}
	t.ok("%s answers with the key that was pinned, or one that followed it", address)
}

// lookAtOwn looks at the headquarters in the folder itself.
func lookAtOwn(ctx context.Context, p *patient, t teller, which, meanwhile string) {
	own := datadir.ReadOwn(ctx, p.config.Config)
	switch {
	case own.Retired:
		t.wrong("set headquarters.url to the address of the new one", "%s retired: what is sold waits here", which)
	case own.Older:
		t.note("start its daemon", "%s was written by an older release: the daemon brings it up to date when it starts", which)
	case own.Away:
		t.wrong("start PostgreSQL, or correct hq.database; tills go on meanwhile", "the database of %s does not answer: %s", which, own.Problem)
	case own.Problem != "":
		t.wrong("restore it from a backup: `loyaltyd restore`; "+meanwhile, "%s cannot be read: %s", which, own.Problem)
	case own.ClockUnsound:
		t.wrong("look at the clock, then `loyaltyd clock accept`", "the clock jumped: nothing is reclaimed")
	case own.Quarantined > 0:
		t.wrong("install the newest release: entries of a newer till may stand there", "%d entries are in quarantine", own.Quarantined)
	default:
		t.ok("%s: tills %d, members %d, entries %d", which, own.Terminals, own.Accounts, own.Entries)
	}
}

func lookAtStanding(_ context.Context, p *patient, t teller) {
	switch {
	case p.till == nil:
	case p.till.Fenced:
		what, todo := terminal.FencedWords(p.live, p.zone)
		t.wrong(todo, "FENCED: %s; it may not redeem", what)
	case p.till.LastContact == 0 && p.till.Incarnation != 0:
		t.note("if it stays so, look at headquarters' clock: `loyaltyd clock accept` there", "headquarters was heard and has told no time: nothing is redeemed until it does")
	case p.till.LastContact == 0:
		t.note("let it reach headquarters: `loyaltyd sync now`", "headquarters was never heard: nothing is redeemed until then")
	case p.till.NoRedeem != nil && !p.till.ClockOff:
		t.wrong("let it reach headquarters: `loyaltyd sync now`", "redeeming is refused: %v", p.till.NoRedeem)
	default:
		t.ok("epoch %d", p.till.Head.Epoch)
	}
}

// longUnsent is how old an entry may be that headquarters does not have.
const longUnsent = 24 * time.Hour

func lookAtUnsent(_ context.Context, p *patient, t teller) {
	switch {
	case p.till == nil:
	case p.forgotten:
		t.wrong(p.id.ForgottenHint(), "headquarters has nothing of this till: what it has is nowhere but here")
	case p.till.Unsent == 0:
		t.ok("headquarters has everything")
	case p.now.Sub(p.till.OldestUnsent.Time()) > longUnsent:
		t.wrong("`loyaltyd sync now` says what is in the way", "%d unsent, the oldest of %s: they are nowhere but here",
			p.till.Unsent, stamp.Of(p.till.OldestUnsent, p.zone))
	default:
		t.ok("%d, the oldest of %s", p.till.Unsent, stamp.Of(p.till.OldestUnsent, p.zone))
	}
}

func lookAtBackup(_ context.Context, p *patient, t teller) {
	status, err := backups.ReadStatus(p.config.Config, p.now)
	if last, err := backups.ReadRecord(p.config.DataDir); err == nil && status.Target != "" {
		if err := backups.DaemonMayMake(p.config.Config, last); err != nil {
			t.wrong(exit.Hint(err), "no backup can be made now: %v", err)
			return
		}
	}
	switch {
	case err != nil:
		t.wrong("ask as root, or as the user who owns the folder", "%v", err)
	case status.Alarm(p.zone) != "" && status.Target == "":
		t.wrong("`loyaltyd backup init --target FOLDER`, a folder on another disk", "%s", status.Alarm(p.zone))
	case status.Alarm(p.zone) != "":
		t.wrong("`loyaltyd backup` says what is in the way", "%s", status.Alarm(p.zone))
	case status.PostgreSQL:
		t.ok("%s", backups.OfPostgreSQL)
	case status.SameDisk:
		t.note("set backup.target to a folder on another disk", "the last one is on the disk of the data, and lost with it")
	case status.Last != nil:
		t.ok("the last one is of %s", stamp.At(*status.Last, p.zone))
	}
}

func lookAtService(_ context.Context, p *patient, t teller) {
	name := "loyaltyd.service"
	if p.folder.PureHeadquarters() {
		name = "loyaltyd-hq.service"
	}
	if p.id.Hub {
		name = "loyaltyd-hub.service"
	}
	unit := p.machine.Unit(name)
	switch {
	case unit == "":
		t.note("install the package, or configs/systemd/"+name, "%s is not installed: nothing starts it with the machine", name)
	case !strings.Contains(unit, "WatchdogSec="):
		t.wrong("add WatchdogSec=30s to "+name, "%s has no watchdog: a till that hangs stays so", name)
	case !p.machine.Enabled(name):
		t.note("systemctl enable --now "+name, "%s is installed and does not start with the machine", name)
	case !p.runs:
		t.wrong("systemctl start "+name+"; journalctl -u "+name+" says why it stopped", "%s is enabled, and no daemon runs", name)
	default:
		t.ok("%s, with a watchdog", name)
	}
}
