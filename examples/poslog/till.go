package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// till is the till's API.
type till struct {
	url, token string
	client     http.Client
}

// problem is how the till says no for good, and what to do.
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Next   string `json:"next_step"`
	Kind   string `json:"type"`
}

func (p *problem) Error() string {
	return strings.Join(slices.DeleteFunc([]string{p.Title, p.Detail, p.Next}, func(s string) bool { return s == "" }), ": ")
}

// answer is what the customer is to read.
type answer struct {
	Lines []string `json:"receipt_lines"`
}

// tell tells the till a transaction, and writes what the customer is to read.
func (t *till) tell(ctx context.Context, tx *transaction, told *strings.Builder) error {
	switch {
	case tx.Retail == nil, tx.Training, tx.Cancelled:
		return nil
	case tx.Retail.Status == "PostVoided":
		return t.void(ctx, tx, told)
	case tx.Retail.Status == "Voided" || strings.HasPrefix(tx.Retail.Status, "Suspended"):
		return nil
	}
	sold, err := tx.sold()
	if err != nil {
		return err
	}
	returned, err := tx.returned()
	if err != nil {
		return err
	}
	if sold != nil {
		if err := t.sell(ctx, tx.id(), sold, told); err != nil {
			return err
		}
	}
	for _, r := range returned {
		if err := t.post(ctx, "/v1/sales/"+r.sale+"/return", r, told); err != nil {
			return err
		}
	}
	return nil
}

// sell completes a sale. Where the till refuses it with this member, whose number
// cannot be read say, it is told without her.
func (t *till) sell(ctx context.Context, id string, s *sale, told *strings.Builder) error {
	path := "/v1/sales/" + id + "/complete"
	err := t.post(ctx, path, s, told)
	if _, refused := errors.AsType[*problem](err); refused && s.Member != nil {
		s.Member = nil
		return t.post(ctx, path, s, told)
	}
	return err
}

// void undoes the sale that a transaction names, or the transaction itself where
// the POS writes it once more.
func (t *till) void(ctx context.Context, tx *transaction, told *strings.Builder) error {
	id, of := tx.id(), tx.Day
	if l := tx.Retail.Link; l != nil {
		id, of = l.id(), l.Day
	}
	return t.post(ctx, "/v1/sales/"+id+"/void", map[string]string{"business_day_date": day(of)}, told)
}

// post sends a request once. A *problem is for good; after any other error the same
// request may be sent again, and counts once.
func (t *till) post(ctx context.Context, path string, body any, told *strings.Builder) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, t.url+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+t.token)
	r.Header.Set("Content-Type", "application/json")
	response, err := t.client.Do(r)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return refusal(response)
	}
	var a answer
	if err := json.NewDecoder(response.Body).Decode(&a); err != nil {
		return err
	}
	for _, line := range a.Lines {
		fmt.Fprintln(told, line)
	}
	return nil
}

// ours are the problems that whoever set this up can mend: the files wait.
var ours = []string{"no-token", "unknown-host", "from-web-page"}

// refusal is a *problem where asking again would not help.
func refusal(response *http.Response) error {
	p := &problem{}
	if err := json.NewDecoder(response.Body).Decode(p); err != nil {
		return fmt.Errorf("the till answers %s: %w", response.Status, err)
	}
	later := response.StatusCode == http.StatusRequestTimeout || response.StatusCode == http.StatusTooManyRequests ||
		response.StatusCode >= http.StatusInternalServerError || slices.Contains(ours, p.Kind[strings.LastIndex(p.Kind, ":")+1:])
	if later {
		return fmt.Errorf("the till answers %s: %v", response.Status, p)
	}
	return p
}
