package main

import (
	"errors"
	"net/http"
	"time"

	"github.com/loyaltyd/loyaltyd/hq"
	"github.com/loyaltyd/loyaltyd/ledger"
	"github.com/loyaltyd/loyaltyd/loyalty"
)

// publishRequest asks headquarters to publish a version of its program.
type publishRequest struct {
	Name   string `json:"name"`   // the file that errors tell
	Source []byte `json:"source"` // its bytes
	// Ask says that nothing is to be published yet: what would it change?
	Ask bool `json:"ask,omitempty"`
}

// publishAnswer says what a version changes. Change is null where it is the
// chain's first, or was published before.
type publishAnswer struct {
	Program string              `json:"program"`
	Version int                 `json:"version"`
	Known   bool                `json:"known"` // the same bytes were published before
	Change  *loyalty.Difference `json:"change"`
}

// stopRequest asks headquarters to stop a rule.
type stopRequest struct {
	Rule     string `json:"rule"`
	Reason   string `json:"reason"`
	Operator string `json:"operator"`
}

// programList is `program list --json`.
type programList struct {
	Program  string             `json:"program"`  // empty where none was published
	InForce  int                `json:"in_force"` // its version by the day of the first store
	Next     int                `json:"next"`     // 0 where none is to come
	Versions []publishedVersion `json:"versions"` // in the order of publishing
	Stopped  []stoppedRule      `json:"stopped"`
}

type publishedVersion struct {
	Program   string      `json:"program"`
	Version   int         `json:"version"`
	Announced ledger.Date `json:"announced"`
	Effective ledger.Date `json:"effective"`
	Published time.Time   `json:"published"`
	Hash      ledger.Hash `json:"hash"`
}

type stoppedRule struct {
	Rule     string    `json:"rule"`
	Version  int       `json:"version"` // the last one it is stopped in
	Reason   string    `json:"reason"`
	Operator string    `json:"operator"`
	At       time.Time `json:"at"`
}

func (h *headquarters) publish(r *http.Request) (answer publishAnswer, err error) {
	var asked publishRequest
	if err := readAsked(r, &asked); err != nil {
		return answer, err
	}
	program, err := loyalty.Load(asked.Source, asked.Name)
	if err != nil {
		return answer, fail(exitData, "nothing is published; `loyaltyd program check FILE` says the same", err)
	}
	answer.Program, answer.Version = program.Ref().ID, program.Ref().Version
	published, _, err := h.Programs(r.Context())
	if err != nil {
		return answer, err
	}
	for _, p := range published {
		answer.Known = answer.Known || p.ProgramRef == program.Ref()
	}
	change, err := h.Preview(r.Context(), asked.Source, asked.Name)
	if err != nil {
		return answer, notPublished(err)
	}
	if change.Program != "" {
		answer.Change = &change
	}
	if asked.Ask {
		return answer, nil
	}
	return answer, notPublished(h.Publish(r.Context(), asked.Source, asked.Name))
}

func notPublished(err error) error {
	if _, refused := errors.AsType[*hq.NotPublishable](err); refused {
		return fail(exitData, "nothing is published", err)
	}
	return err
}

func (h *headquarters) stopRule(r *http.Request) (stopRequest, error) {
	var asked stopRequest
	if err := readAsked(r, &asked); err != nil {
		return asked, err
	}
	err := h.StopRule(r.Context(), asked.Rule, asked.Reason, asked.Operator)
	if _, refused := errors.AsType[*hq.NotPublishable](err); refused {
		return asked, fail(exitData, "`loyaltyd program list` names what is published and stopped", err)
	}
	return asked, err
}

func (h *headquarters) listPrograms(r *http.Request) (programList, error) {
	list := programList{Versions: []publishedVersion{}, Stopped: []stoppedRule{}}
	published, stops, err := h.Programs(r.Context())
	if err != nil {
		return list, err
	}
	for _, p := range published {
		list.Versions = append(list.Versions, publishedVersion{p.ID, p.Version, p.Announced, p.Effective, p.PublishedAt.Time(), p.Hash})
	}
	for _, s := range stops {
		list.Stopped = append(list.Stopped, stoppedRule{s.Rule, s.Version, s.Reason, s.Operator, s.At.Time()})
	}
	if current, next := h.InForce(); current != nil {
		list.Program, list.InForce = current.Ref().ID, current.Ref().Version
		if next != nil {
			list.Next = next.Ref().Version
		}
	}
	return list, nil
}
