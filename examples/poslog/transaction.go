package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// transaction is what loyalty wants of a POSLog Transaction (ARTS IXRetail POSLog,
// versions 2.1 to 6: the names are the same, and their namespace is not looked at).
type transaction struct {
	Cancelled   bool   `xml:"CancelFlag,attr"`
	Training    bool   `xml:"TrainingModeFlag,attr"`
	Workstation string `xml:"WorkstationID"`
	Sequence    string `xml:"SequenceNumber"`
	Day         string `xml:"BusinessDayDate"`
	Operator    string `xml:"OperatorID"`
	Currency    string `xml:"CurrencyCode"`
	Retail      *struct {
		Status   string     `xml:"TransactionStatus,attr"`
		Items    []lineItem `xml:"LineItem"`
		Link     *link      `xml:"TransactionLink"`
		Loyalty  []string   `xml:"LoyaltyAccount>CustomerID"`
		Customer string     `xml:"Customer>CustomerID"`
	} `xml:"RetailTransaction"`
}

type lineItem struct {
	Voided bool    `xml:"VoidFlag,attr"`
	Sale   *goods  `xml:"Sale"`
	Return *goods  `xml:"Return"`
	Tender *tender `xml:"Tender"`
}

// goods are sold or come back. Amounts are decimal, as printed.
type goods struct {
	Item       string   `xml:"ItemID"`
	Quantity   string   `xml:"Quantity"`
	Extended   string   `xml:"ExtendedAmount"`
	Categories []string `xml:"MerchandiseHierarchy"`
	Taxes      []tax    `xml:"Tax"`
	Link       *link    `xml:"TransactionLink"`
}

type tax struct {
	Taxable struct {
		Included bool `xml:"TaxIncludedInTaxableAmountFlag,attr"`
	} `xml:"TaxableAmount"`
	Amount string `xml:"Amount"`
}

type tender struct {
	Type   string `xml:"TenderType,attr"`
	Amount string `xml:"Amount"`
}

// link names another transaction.
type link struct {
	Reason      string `xml:"ReasonCode,attr"`
	Workstation string `xml:"WorkstationID"`
	Sequence    string `xml:"SequenceNumber"`
	Day         string `xml:"BusinessDayDate"`
}

// id is what the till knows the sale by, beside the business day.
func (t *transaction) id() string { return saleID(t.Workstation, t.Sequence) }

func (l *link) id() string { return saleID(l.Workstation, l.Sequence) }

func saleID(workstation, sequence string) string {
	return strings.TrimSpace(workstation) + "-" + strings.TrimSpace(sequence)
}

// day is the date alone: some write a time behind it.
func day(text string) string {
	date, _, _ := strings.Cut(strings.TrimSpace(text), "T")
	return date
}

// errUnfinished is of a file whose end is not there yet.
var errUnfinished = errors.New("the file ends in the middle")

// parse reads the transactions of a file.
func parse(text []byte) ([]transaction, error) {
	var log struct {
		XMLName      xml.Name
		Transactions []transaction `xml:"Transaction"`
	}
	decoder := xml.NewDecoder(bytes.NewReader(text))
	if err := decoder.Decode(&log); err != nil {
		if syntax, ok := errors.AsType[*xml.SyntaxError](err); errors.Is(err, io.EOF) || ok && strings.Contains(syntax.Msg, "unexpected EOF") {
			return nil, errUnfinished
		}
		return nil, err
	}
	if log.XMLName.Local != "POSLog" {
		return nil, fmt.Errorf("a %s, and no POSLog", log.XMLName.Local)
	}
	return log.Transactions, nil
}
