package headquarters

import (
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/desk"
	"github.com/loyaltyd/loyaltyd/cmd/loyaltyd/exit"
	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/hq/publication"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// PublishRequest asks headquarters to publish a version of its program.
type PublishRequest struct {
	Name   string `json:"name"`   // the file that errors tell
	Source []byte `json:"source"` // its bytes
	// Ask says that nothing is to be published yet: what would it change?
	Ask bool `json:"ask,omitempty"`
	// Another says that it is a further program, beside those that the chain has.
	Another bool `json:"another,omitempty"`
}

// PublishAnswer says what a version changes. Change is null where it is its
// program's first, or was published before.
type PublishAnswer struct {
	Program string              `json:"program"`
	Version int                 `json:"version"`
	Known   bool                `json:"known"` // the same bytes were published before
	Change  *loyalty.Difference `json:"change"`
}

// StopRequest asks headquarters to stop a rule.
type StopRequest struct {
	Program  string `json:"program,omitempty"` // needed where several have such a rule
	Rule     string `json:"rule"`
	Reason   string `json:"reason"`
	Operator string `json:"operator"`
}

// ProgramList is `program list --json`. Program, InForce and Next are those of the
// first of the programs.
type ProgramList struct {
	Program  string             `json:"program"` // empty where none was published
	InForce  int                `json:"in_force"`
	Next     int                `json:"next"`
	Programs []RunningProgram   `json:"programs"` // the chain's, in the order in which they came
	Versions []PublishedVersion `json:"versions"` // in the order of publishing
	Stopped  []stoppedRule      `json:"stopped"`
}

// RunningProgram is a program of the chain.
type RunningProgram struct {
	Program  string           `json:"program"`
	Currency ledger.Currency  `json:"currency_code"`
	InForce  int              `json:"in_force"` // its version by the day of its first store
	Next     int              `json:"next"`     // 0 where none is to come
	Stores   []ledger.StoreID `json:"stores"`   // that have it
}

// PublishedVersion is a version of a program.
type PublishedVersion struct {
	Program   string      `json:"program"`
	Version   int         `json:"version"`
	Announced ledger.Date `json:"announced"`
	Effective ledger.Date `json:"effective"`
	Published time.Time   `json:"published"`
	Hash      ledger.Hash `json:"hash"`
}

type stoppedRule struct {
	Program  string    `json:"program"`
	Rule     string    `json:"rule"`
	Version  int       `json:"version"` // the last one it is stopped in
	Reason   string    `json:"reason"`
	Operator string    `json:"operator"`
	At       time.Time `json:"at"`
}

func (h *Local) publish(r *http.Request) (answer PublishAnswer, err error) {
	var asked PublishRequest
	if err := desk.Read(r, &asked); err != nil {
		return answer, err
	}
	program, err := loyalty.Load(asked.Source, asked.Name)
	if err != nil {
		return answer, exit.Fail(exit.Data, "nothing is published; `loyaltyd program check FILE` says the same", err)
	}
	answer.Program, answer.Version = program.Ref().ID, program.Ref().Version
	published, _, err := h.Programs(r.Context())
	if err != nil {
		return answer, err
	}
	for _, p := range published {
		answer.Known = answer.Known || p.ProgramRef == program.Ref()
	}
	change, err := h.Preview(r.Context(), asked.Source, asked.Name, asked.Another)
	if err != nil {
		return answer, notPublished(err)
	}
	if change.Program != "" {
		answer.Change = &change
	}
	if asked.Ask {
		return answer, nil
	}
	if asked.Another {
		return answer, notPublished(h.AddProgram(r.Context(), asked.Source, asked.Name))
	}
	return answer, notPublished(h.Publish(r.Context(), asked.Source, asked.Name))
}

func notPublished(err error) error {
	if _, refused := errors.AsType[*publication.NotPublishable](err); refused {
		return exit.Fail(exit.Data, "nothing is published; --another publishes a further program, beside those that the chain has", err)
	}
	return err
}

func (h *Local) stopRule(r *http.Request) (StopRequest, error) {
	var asked StopRequest
	if err := desk.Read(r, &asked); err != nil {
		return asked, err
	}
	err := h.StopRule(r.Context(), ledger.Stop{Program: asked.Program, Rule: asked.Rule, Reason: asked.Reason, Operator: asked.Operator})
	if _, refused := errors.AsType[*publication.NotPublishable](err); refused {
		return asked, exit.Fail(exit.Data, "`loyaltyd program list` names what is published and stopped", err)
	}
	return asked, err
}

func (h *Local) listPrograms(r *http.Request) (ProgramList, error) {
	list := ProgramList{Programs: []RunningProgram{}, Versions: []PublishedVersion{}, Stopped: []stoppedRule{}}
	published, stops, err := h.Programs(r.Context())
	if err != nil {
		return list, err
	}
	for _, p := range published {
		list.Versions = append(list.Versions, PublishedVersion{p.ID, p.Version, p.Announced, p.Effective, p.PublishedAt.Time(), p.Hash})
	}
	for _, s := range stops {
		list.Stopped = append(list.Stopped, stoppedRule{s.Program, s.Rule, s.Version, s.Reason, s.Operator, s.At.Time()})
	}
	stores, err := h.Stores(r.Context())
	if err != nil {
		return list, err
	}
	for _, id := range h.ChainPrograms() {
		list.Programs = append(list.Programs, h.running(id, stores))
	}
	if len(list.Programs) > 0 {
		first := list.Programs[0]
		list.Program, list.InForce, list.Next = first.Program, first.InForce, first.Next
	}
	return list, nil
}

func (h *Local) running(id string, stores []hq.StoreState) RunningProgram {
	current, next := h.InForce(id)
	out := RunningProgram{Program: id, Currency: current.Currency(), InForce: current.Ref().Version, Stores: []ledger.StoreID{}}
	if next != nil {
		out.Next = next.Ref().Version
	}
	for _, s := range stores {
		if s.Program == id {
			out.Stores = append(out.Stores, s.ID)
		}
	}
	return out
}
