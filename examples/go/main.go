// A sale at a till: sale URL TOKEN-FILE PHONE.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

type line struct {
	SKU    string `json:"sku"`
	Amount int64  `json:"extended_amount"` // minor units
}

type tender struct {
	Type   string `json:"tender_type"`
	Amount int64  `json:"amount"` // minor units
}

// sale is what the till is told, and without its day and tenders what is asked of it.
type sale struct {
	Day      string            `json:"business_day_date,omitempty"`
	Currency string            `json:"currency_code"`
	Lines    []line            `json:"line_items"`
	Member   map[string]string `json:"member"`
	Tenders  []tender          `json:"tenders,omitempty"`
}

// day asks what the sale would earn, before she pays, when nothing is worth waiting
// for. It returns the store's business day, and without an answer the machine's.
func day(t *till, s *sale) string {
	var quote struct {
		Day          string   `json:"business_day_date"`
		DisplayLines []string `json:"display_lines"`
	}
	err := t.post("/v1/quote", s, &quote)
	if err == nil {
		log.Print(strings.Join(quote.DisplayLines, " | "))
		return quote.Day
	}
	if refused, ok := errors.AsType[*problem](err); ok {
		log.Printf("Sell without loyalty: %v", refused)
	} else {
		log.Print("The till does not answer. Sell without loyalty: her points come later.")
	}
	return time.Now().Format(time.DateOnly) // a POS has its own business day
}

func sell(t *till, phone string) error {
	s := &sale{Currency: "TRY", Lines: []line{{"milk", 1999}, {"bread", 850}}, Member: map[string]string{"phone": phone}}
	s.Day = day(t, s)
	s.Tenders = []tender{{"cash", 2849}}
	id := fmt.Sprintf("S-%d", time.Now().UnixNano()) // a POS takes its own
	var told struct {
		ReceiptLines []string `json:"receipt_lines"`
	}
	err := t.tell("/v1/sales/"+id+"/complete", s, &told) // she has paid, and need not wait for this
	if refused, ok := errors.AsType[*problem](err); ok {
		return refused
	}
	if err != nil {
		kept, err := json.Marshal(s)
		log.Printf("Sold. Keep this and send it again until it is answered: %s %s", id, kept)
		return err
	}
	fmt.Println(strings.Join(told.ReceiptLines, "\n"))
	return nil
}

func main() {
	log.SetFlags(0)
	if len(os.Args) != 4 {
		log.Print("usage: sale URL TOKEN-FILE PHONE")
		os.Exit(2)
	}
	token, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	t := &till{url: os.Args[1], token: strings.TrimSpace(string(token)), client: http.Client{Timeout: time.Second}}
	if err := sell(t, os.Args[3]); err != nil {
		log.Fatal(err)
	}
}
