package tui

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/loyaltyd/loyaltyd/api"
	"github.com/loyaltyd/loyaltyd/api/screen"
)

const (
	// answerWait is how long the till may take; it gives up on its own counter before.
	answerWait = 15 * time.Second
	// silence is how long a stream may say nothing before it counts as gone: the till
	// says every 15 seconds that it is alive.
	silence = 45 * time.Second
	// againAfter is how long after a stream has ended the next is tried.
	againAfter = time.Second
)

// Refused is an answer of the till's that is no.
type Refused struct {
	Status int
	Title  string
	Next   string // step
}

func (r *Refused) Error() string { return "the till says: " + r.Title }

// Client is the till over its local API.
type Client struct {
	Base  string // http://127.0.0.1:7788
	Token string
	HTTP  *http.Client
}

// See asks how the counter stands. Its errors are Refused, and what HTTP has.
func (c *Client) See(ctx context.Context) (counter api.Counter, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/counter", nil, &counter)
	return counter, err
}

// Press implements Till.
func (c *Client) Press(ctx context.Context, keys string) (now screen.Conversation, err error) {
	err = c.ask(ctx, http.MethodPost, "/v1/counter/keys", api.Keys{Keys: keys}, &now)
	return now, err
}

// Choose implements Till.
func (c *Client) Choose(ctx context.Context, reward string) (now screen.Conversation, err error) {
	err = c.ask(ctx, http.MethodPost, "/v1/counter/reward", api.Reward{Reward: reward}, &now)
	return now, err
}

func (c *Client) ask(ctx context.Context, method, path string, message, into any) error {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	body, err := json.Marshal(message)
	if err != nil {
		return err
	}
	answer, err := c.send(ctx, method, path, body)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		return fmt.Errorf("read the till's answer: %w", err)
	}
	return nil
}

func (c *Client) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, c.Base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
	r.Header.Set("Content-Type", "application/json")
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return nil, err
	}
	if answer.StatusCode != http.StatusOK {
		defer answer.Body.Close()
		return nil, refusal(answer)
	}
	return answer, nil
}

func refusal(answer *http.Response) error {
	var p api.Problem
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil {
		p.Title = answer.Status // somebody else answers there
	}
	return &Refused{answer.StatusCode, p.Title, p.NextStep}
}

// Listen tells until the context ends that the till is there (Found), that something
// may be otherwise (Changed), and that it is gone (Lost); then it tries again.
func (c *Client) Listen(ctx context.Context, tell func(tea.Msg)) {
	for ctx.Err() == nil {
		c.stream(ctx, tell)
		tell(Lost{})
		select {
		case <-ctx.Done():
		case <-time.After(againAfter):
		}
	}
}

// stream listens as long as one stream lasts. Why it ended is told by what fails
// next: it begins again anyway.
func (c *Client) stream(ctx context.Context, tell func(tea.Msg)) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answer, err := c.send(ctx, http.MethodGet, "/v1/events", nil)
	if err != nil {
		return
	}
	defer answer.Body.Close()
	watch := time.AfterFunc(silence, cancel)
	defer watch.Stop()
	tell(Found{})
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); {
		watch.Reset(silence)
		if strings.HasPrefix(lines.Text(), "event:") {
			tell(Changed{})
		}
	}
}
