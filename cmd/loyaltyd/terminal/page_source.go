package terminal

import (
	"context"
	"time"

	"github.com/loyaltyd/loyaltyd/api/screen"
	"github.com/loyaltyd/loyaltyd/checkout"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/backups"
	"github.com/loyaltyd/loyaltyd/report"
)

// openScreens makes what a cashier sees of the counter.
func (t *Terminal) openScreens() *screen.Screens {
	s := &screen.Screens{
		Till: t.Till, Counter: t.onPages, Journal: pageSource{t}, Header: t.header, Columns: t.devices.Columns(),
	}
	if t.staff.Broken == nil {
		s.Staff = t.staff.Book
	}
	return s
}

// noted writes into the diary what pages tell of who works here.
func (t *Terminal) noted(what, by, of string) {
	t.log.Info().Str("by_operator_id", by).Str("operator_id", of).Msg(what)
}

// pageSource is the till as pages show it.
type pageSource struct{ t *Terminal }

// Recent implements screen.Journal.
func (s pageSource) Recent(ctx context.Context, most int) ([]checkout.Paper, error) {
	entries, err := s.t.Store.Recent(ctx, most)
	if err != nil {
		return nil, err
	}
	papers := make([]checkout.Paper, 0, len(entries))
	for _, e := range entries {
		paper, err := s.t.Till.PaperOf(ctx, e)
		if err != nil {
			return nil, err
		}
		papers = append(papers, paper)
	}
	return papers, nil
}

// Day implements pages.Office.
func (s pageSource) Day(ctx context.Context, day string) (report.Day, error) {
	till, err := ReportedTill(s.t.Identity)
	if err != nil {
		return report.Day{}, err
	}
	now := time.Now()
	till.Amounts = s.t.programs.At(now).Amounts()
	return s.t.reportFor(ctx, till, day, now)
}

// Sync implements pages.Office.
func (s pageSource) Sync(ctx context.Context) error {
	if s.t.loop == nil {
		return errTraining()
	}
	_, err := s.t.exchanged(ctx, s.t.loop.Now)
	return err
}

// Standing implements screen.Journal.
func (s pageSource) Standing(ctx context.Context) (screen.Standing, error) {
	st, err := s.t.Store.Status(ctx)
	if err != nil {
		return screen.Standing{}, err
	}
	live, err := s.t.live(ctx)
	if err != nil {
		return screen.Standing{}, err
	}
	out := screen.Standing{
		Storage: live.Storage, Reached: live.Reach.Reached, Tried: live.Reach.Since != nil, Why: live.Reach.Why, Own: s.t.own != nil,
		Unsent: st.Unsent, OldestUnsent: known(st.OldestUnsent), LastContact: known(st.LastContact),
		Entries: st.Head.Seq, Epoch: st.Head.Epoch, Release: live.Release,
	}
	if live.Reach.Since != nil {
		out.Since = *live.Reach.Since
	}
	if st.NoRedeem != nil {
		out.NoRedeem = st.NoRedeem.Error()
	}
	if !st.Durable.IsZero() {
		out.Durable = DurableWords(st.Durable)
	}
	for _, r := range st.OpenRights {
		out.Rights = append(out.Rights, screen.Right{Program: r.Program, Unit: r.Unit, Count: r.Count, Rest: r.Rest})
	}
	if backup, err := backups.ReadRecord(s.t.Config.DataDir); err == nil {
		out.Backup = backup.At
	}
	out.Devices = pageDevices(live.Devices)
	return out, nil
}

func pageDevices(seen []DeviceState) (out []screen.Device) {
	for _, d := range seen {
		device := screen.Device{Name: d.Name, Kind: d.Kind, Online: d.Online, Why: d.Why, Status: d.Status, Fault: d.Fault}
		if d.Since != nil {
			device.Since = *d.Since
		}
		out = append(out, device)
	}
	return out
}
