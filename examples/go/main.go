// A sale at a till: sale URL TOKEN-FILE PHONE.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

// till is the till's API. Nothing takes longer than the client's time-out.
type till struct {
	url, token string
	client     http.Client
}

// post sends a request until there is an answer: what is sent twice counts once.
func (t *till) post(path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	for range 5 {
		if err = t.once(path, text, answer); err == nil {
			return nil
		}
		if refused, ok := err.(*problem); ok {
			return refused
		}
	}
	return err
}

func (t *till) once(path string, body []byte, answer any) error {
	r, err := http.NewRequest(http.MethodPost, t.url+path, bytes.NewReader(body))
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
		refused := &problem{}
		if err := json.NewDecoder(response.Body).Decode(refused); err != nil {
			return err
		}
		return refused
	}
	return json.NewDecoder(response.Body).Decode(answer)
}

// problem is how the till says no, and what to do.
type problem struct {
	Title    string `json:"title"`
	NextStep string `json:"next_step"`
}

func (p *problem) Error() string { return p.Title + ": " + p.NextStep }

type line struct {
	SKU    string `json:"sku"`
	Amount int64  `json:"extended_amount"` // minor units
}

func sell(t *till, phone string) ([]string, error) {
	member := map[string]string{"phone": phone}
	lines := []line{{"milk", 1999}, {"bread", 850}}
	var quote struct {
		DisplayLines []string `json:"display_lines"`
	}
	if err := t.post("/v1/quote", map[string]any{"currency_code": "TRY", "line_items": lines, "member": member}, &quote); err != nil {
		return nil, err
	}
	var told struct {
		ReceiptLines []string `json:"receipt_lines"`
	}
	// The id and the body are made once: a POS takes its own.
	err := t.post(fmt.Sprintf("/v1/sales/S-%d/complete", time.Now().UnixNano()), map[string]any{
		"business_day_date": time.Now().Format(time.DateOnly), "currency_code": "TRY", "line_items": lines, "member": member,
		"tenders": []map[string]any{{"tender_type": "cash", "amount": 2849}},
	}, &told)
	return told.ReceiptLines, err
}

func main() {
	log.SetFlags(0)
	token, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	t := &till{url: os.Args[1], token: strings.TrimSpace(string(token)), client: http.Client{Timeout: time.Second}}
	receipt, err := sell(t, os.Args[3])
	if err != nil {
		log.Fatal(err) // sell without
	}
	fmt.Println(strings.Join(receipt, "\n"))
}
