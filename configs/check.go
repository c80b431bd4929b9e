package configs

import (
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// complain reports a value out of range.
type complain func(key, format string, args ...any)

// recipient is what an age X25519 recipient looks like; a typing error in it
// shows when it is used.
var recipient = regexp.MustCompile(`^age1[02-9ac-hj-np-z]{58}$`)

func (b Backup) check(bad complain) {
	if b.Target != "" && !filepath.IsAbs(b.Target) {
		bad("backup.target", "%q: write the whole path of a folder, from /", b.Target)
	}
	if b.Recipient != "" && !recipient.MatchString(b.Recipient) {
		bad("backup.recipient", "%q is none: `loyaltyd backup init` makes one, age1 and 58 letters", b.Recipient)
	}
	if b.Keep < 1 {
		bad("backup.keep", "%d: at least 1", b.Keep)
	}
}

var (
	region   = regexp.MustCompile(`^[A-Z]{2}$`)
	currency = regexp.MustCompile(`^[A-Z]{3}$`)
)

// check holds every value against what it must be.
func (c Config) check(bad complain) {
	if c.DataDir == "" {
		bad("data_dir", "must name a folder")
	}
	oneOf(bad, "log_level", c.LogLevel, "debug", "info", "warn", "error")
	if !region.MatchString(c.Region) {
		bad("region", "%q is no region: two capital letters, such as TR", c.Region)
	}
	if !currency.MatchString(c.Currency) {
		bad("currency", "%q is no currency: three capital letters, such as TRY", c.Currency)
	}
	if _, err := time.LoadLocation(c.TimeZone); err != nil || c.TimeZone == "" || c.TimeZone == "Local" {
		bad("time_zone", "%q is no time zone: a name such as Europe/Istanbul", c.TimeZone)
	}
	oneOf(bad, "language", c.Language, loyalty.LanguageCodes()...)
	if c.OperatorID == "" {
		bad("operator_id", `must not be empty: "-" means nobody`)
	}
	if _, err := ledger.ParseStoreID(c.Store.ID); err != nil {
		bad("store.id", "%v", err)
	}
	webAddress(bad, "headquarters.url", c.Headquarters.URL)
	atLeast(bad, "sync.retry_max", c.Sync.RetryMax, 100*time.Millisecond)
	c.checkDevices(bad)
	c.checkMessages(bad)
	c.checkCodes(bad)
	c.Standalone.check(bad)
	c.Adjust.check(bad)
	c.Abuse.check(bad)
	c.API.check(bad)
	if c.HQ.Listen != "" {
		listens(bad, "hq.listen", c.HQ.Listen)
	}
	webAddress(bad, "hq.public_url", c.HQ.PublicURL)
	c.Hub.check(bad)
	if c.HQ.Database != "" && c.Backup.Target != "" {
		bad("backup.target", "hq.database is backed up by PostgreSQL's own tools: leave this empty, and keep hq.key elsewhere")
	}
	oneOf(bad, "hq.durability", c.HQ.Durability, ByBackup, ByReplica)
	if c.HQ.Durability == ByReplica && c.HQ.Database == "" {
		bad("hq.durability", "replica is of hq.database, which is not set: choose backup")
	}
	c.Backup.check(bad)
}

// hubAddress is what `loyaltyd hub status` prints.
var hubAddress = regexp.MustCompile(`^https://[^/#]+/#[a-z2-7]{4}(-[a-z2-7]{4}){5}$`)

func (h Hub) check(bad complain) {
	if h.Address != "" && !hubAddress.MatchString(h.Address) {
		bad("hub.address", "%q is none: https://host:port/#fingerprint, as `loyaltyd hub status` prints it", h.Address)
	}
	if h.Listen != "" {
		listens(bad, "hub.listen", h.Listen)
	}
}

func (s Standalone) check(bad complain) {
	if rate, err := s.Tax(); err != nil {
		bad("standalone.tax_rate", `%v; "0" means no tax`, err)
	} else if rate.Num > rate.Den {
		bad("standalone.tax_rate", "%s is more than the whole price", s.TaxRate)
	}
	if s.MaxAmount < 0 {
		bad("standalone.max_amount", "%d is below 0; 0 means no limit", s.MaxAmount)
	}
	if s.ConfirmAbove < 0 {
		bad("standalone.confirm_above", "%d is below 0; 0 means never", s.ConfirmAbove)
	}
	atLeast(bad, "standalone.idle_timeout", s.IdleTimeout, time.Second)
}

func (s Serial) check(bad complain, key string) {
	if s.Baud < 50 {
		bad(key+".baud", "%d: at least 50", s.Baud)
	}
	if s.DataBits < 5 || s.DataBits > 8 {
		bad(key+".data_bits", "%d: from 5 to 8", s.DataBits)
	}
	oneOf(bad, key+".parity", s.Parity, "none", "odd", "even")
	if s.StopBits != 1 && s.StopBits != 2 {
		bad(key+".stop_bits", "%d: 1 or 2", s.StopBits)
	}
}

func unique(bad complain, seen map[string]string, key, value string) {
	if value == "" {
		bad(key, "must not be empty")
	} else if other, twice := seen[value]; twice {
		bad(key, "%q is taken by %s", value, other)
	}
	seen[value] = key
}

func oneOf(bad complain, key, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		bad(key, "%q: one of %s", value, strings.Join(allowed, ", "))
	}
}

func atLeast(bad complain, key string, value, least time.Duration) {
	if value < least {
		bad(key, "%s: at least %s", value, least)
	}
}

func listens(bad complain, key, value string) {
	_, port, err := net.SplitHostPort(value)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		bad(key, "%q is no address: host:port, such as 127.0.0.1:7780", value)
	}
}

func webAddress(bad complain, key, value string) {
	if value == "" {
		return
	}
	if u, err := url.Parse(value); err != nil || u.Scheme != "https" || u.Host == "" {
		bad(key, "%q is no address: https://host or https://host:port", value)
	}
}
