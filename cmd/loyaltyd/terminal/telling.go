package terminal

import (
	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/checkout/route"
	"github.com/loyaltyd/loyaltyd/device"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// What the counter does is told to whoever listens to the API's events.

func (t *Terminal) met(member loyalty.Member, proof ledger.Proof) {
	here := api.CustomerHere{Account: member.Account, Name: member.Name, Proof: proof}
	if !member.ID.IsZero() {
		here.ID = member.ID.String()
	}
	t.events.Tell(here)
}

func (t *Terminal) left() { t.events.Tell(api.CustomerGone{}) }

// passes hands a scanner's scans on that are the POS's.
func (t *Terminal) passes(scanner string) func(device.Scan, route.Code) {
	return func(scan device.Scan, code route.Code) {
		t.events.Tell(api.CodeScanned{Device: scanner, Kind: code.Kind.String(), Label: code.Value, AIM: scan.AIM, Data: scan.Data})
	}
}

func (t *Terminal) tellDevice(event device.Event) {
	switch event.Kind {
	case device.Online, device.Offline:
		t.events.Tell(api.DeviceChanged{Device: event.Device, Online: event.Kind == device.Online})
	case device.StatusUpdate:
		t.events.Tell(api.DeviceChanged{Device: event.Device, Online: true, Status: event.Status.String()})
	}
}

// rekeyed writes into the diary which keys headquarters is known by now.
func (t *Terminal) rekeyed(line ledger.KeyChain) {
	t.log.Warn().Str("key", ledger.Fingerprint(line.Speaking()[0])).Str("newest", ledger.Fingerprint(line.Newest())).
		Msg("headquarters' signing keys changed")
}
