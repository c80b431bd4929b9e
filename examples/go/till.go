package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// till is the till's API. Nothing takes longer than the client's time-out.
type till struct {
	url, token string
	client     http.Client
}

// problem is how the till says no, and what to do.
type problem struct {
	Title    string `json:"title"`
	NextStep string `json:"next_step"`
}

func (p *problem) Error() string { return p.Title + ": " + p.NextStep }

// post sends a request once. A refusal is a *problem; any other error is no answer.
func (t *till) post(path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	r, err := http.NewRequest(http.MethodPost, t.url+path, bytes.NewReader(text))
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
	switch {
	case response.StatusCode >= http.StatusInternalServerError:
		return fmt.Errorf("the till cannot now: %s", response.Status)
	case response.StatusCode != http.StatusOK:
		refused := &problem{}
		if err := json.NewDecoder(response.Body).Decode(refused); err != nil {
			return err
		}
		return refused
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// tell sends a request until there is an answer: what is sent twice counts once.
func (t *till) tell(path string, body, answer any) (err error) {
	for left := 4; ; left-- {
		err = t.post(path, body, answer)
		if _, refused := err.(*problem); err == nil || refused || left == 0 {
			return err
		}
		time.Sleep(time.Second / 2)
	}
}
