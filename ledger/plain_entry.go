package ledger

import "unicode/utf8"

// decodePlain reads a body that is the one of most sales: as Encode wrote it, without
// rewards, rights and attachments. Headquarters would spend more on decoding these than
// on all else that it does with them.
func decodePlain(body []byte) (e Entry, ok bool) {
	r := plain{text: string(body)}
	if !utf8.ValidString(r.text) {
		return e, false
	}
	r.entry(&e)
	return e, !r.failed && r.at == len(r.text)
}

func (r *plain) entry(e *Entry) {
	r.object(func(name string) int {
		switch name {
		case "v":
			e.V = r.int()
			return 1
		case "id":
			e.ID = plainID[entry](r)
			return 2
		case "kind":
			e.Kind = Kind(r.string())
			return 3
		case "at_ms":
			e.At = Millis(r.number())
			return 4
		case "retail_store_id":
			e.Store = StoreID(r.string())
			return 5
		case "business_day_date":
			e.Day = Date(r.string())
			return 6
		case "operator_id":
			e.Operator = r.string()
			return 7
		case "subject":
			e.Subject = Subject(r.string())
			return 8
		case "member":
			e.Member = plainID[member](r)
			return 9
		case "proof":
			e.Proof = Proof(r.string())
			return 10
		case "program":
			e.Program = new(ProgramRef)
			r.program(e.Program)
			return 11
		case "sale":
			e.Sale = new(Sale)
			r.sale(e.Sale)
			return 12
		case "postings":
			e.Postings = plainList(r, (*plain).posting)
			return 13
		case "uses":
			e.Uses = plainList(r, (*plain).use)
			return 14
		case "told":
			e.Told = new(Told)
			r.told(e.Told)
			return 15
		}
		return 0
	})
}

func (r *plain) program(p *ProgramRef) {
	r.object(func(name string) int {
		switch name {
		case "id":
			p.ID = r.string()
			return 1
		case "version":
			p.Version = r.int()
			return 2
		case "hash":
			p.Hash = r.hash()
			return 3
		}
		return 0
	})
}

func (r *plain) sale(s *Sale) {
	r.object(func(name string) int {
		switch name {
		case "sale_id":
			s.ID = r.string()
			return 1
		case "receipt":
			s.Receipt = r.string()
			return 2
		case "workstation_id":
			s.Workstation = r.string()
			return 3
		case "sequence_number":
			s.Sequence = r.number()
			return 4
		case "currency_code":
			s.Currency = Currency(r.string())
			return 5
		case "line_items":
			s.Lines = plainList(r, (*plain).line)
			return 6
		case "tenders":
			s.Tenders = plainList(r, (*plain).tender)
			return 7
		case "condensed":
			s.Condensed = r.yes()
			return 8
		case "total":
			s.Total = Minor(r.number())
			return 9
		}
		return 0
	})
}

func (r *plain) line(l *Line) {
	r.object(func(name string) int {
		switch name {
		case "sku":
			l.SKU = r.string()
			return 1
		case "net":
			l.Net = Minor(r.number())
			return 2
		case "extended_amount":
			l.Gross = Minor(r.number())
			return 3
		case "quantity":
			l.Quantity = r.number()
			return 4
		case "categories":
			l.Categories = r.strings()
			return 5
		case "discount_amount":
			l.Discount = Minor(r.number())
			return 6
		}
		return 0
	})
}

func (r *plain) tender(t *Tender) {
	r.object(func(name string) int {
		switch name {
		case "tender_type":
			t.Type = r.string()
			return 1
		case "amount":
			t.Amount = Minor(r.number())
			return 2
		}
		return 0
	})
}

func (r *plain) posting(p *Posting) {
	r.object(func(name string) int {
		switch name {
		case "unit":
			p.Unit = Unit(r.string())
			return 1
		case "amount":
			p.Amount = Points(r.number())
			return 2
		case "from":
			p.From = LedgerAccount(r.string())
			return 3
		case "to":
			p.To = LedgerAccount(r.string())
			return 4
		case "rule":
			p.Rule = r.string()
			return 5
		case "line":
			p.Line = new(r.int())
			return 6
		case "lot":
			p.Lot = new(LotTerms)
			r.terms(p.Lot)
			return 7
		}
		return 0
	})
}

func (r *plain) terms(t *LotTerms) {
	r.object(func(name string) int {
		switch name {
		case "vests_at_ms":
			t.VestsAt = Millis(r.number())
			return 1
		case "expires_at_ms":
			t.ExpiresAt = Millis(r.number())
			return 2
		case "idle":
			t.Idle = r.string()
			return 3
		}
		return 0
	})
}

func (r *plain) use(u *LimitUse) {
	r.object(func(name string) int {
		switch name {
		case "limit":
			u.Limit = r.string()
			return 1
		case "uses":
			u.Uses = r.number()
			return 2
		case "amount":
			u.Amount = Points(r.number())
			return 3
		case "rule":
			u.Rule = r.string()
			return 4
		}
		return 0
	})
}

func (r *plain) told(t *Told) {
	r.object(func(name string) int {
		switch name {
		case "unit":
			t.Unit = Unit(r.string())
			return 1
		case "balance":
			t.Balance = Points(r.number())
			return 2
		case "as_of_ms":
			t.AsOf = Millis(r.number())
			return 3
		case "spendable_here":
			t.Spendable = Points(r.number())
			return 4
		case "pending":
			t.Pending = Points(r.number())
			return 5
		case "owed":
			t.Owed = Points(r.number())
			return 6
		}
		return 0
	})
}
