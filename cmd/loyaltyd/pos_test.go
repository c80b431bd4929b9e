package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// complete sends one sale of one line and reads the whole answer.
func (p *pos) complete(saleID string, amount int64, phone string) (status int, answer []byte, err error) {
	body, err := json.Marshal(map[string]any{
		"business_day_date": p.day, "currency_code": "TRY", "operator_id": p.operator,
		"line_items": []map[string]any{{"sku": "A", "extended_amount": amount}},
		"tenders":    []map[string]any{{"tender_type": "cash", "amount": amount}},
		"member":     map[string]any{"phone": phone},
	})
	if err != nil {
		return 0, nil, err
	}
	request, err := http.NewRequest(http.MethodPost, "http://"+p.address+"/v1/sales/"+saleID+"/complete", bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	request.Header.Set("Content-Type", "application/json")
	client := http.Client{Timeout: 10 * time.Second}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(response.Body)
	return response.StatusCode, answer, err
}
