// One sale at a till: Sale URL TOKEN-FILE PHONE. Framework 4.5 or later, mono, .NET.
using System;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using System.Threading.Tasks;

// The till says no: a problem, with its next_step.
class Refused : Exception
{
    public Refused(string problem) : base(problem) { }
}

class Till
{
    readonly HttpClient client;

    public Till(string url, string token)
    {
        client = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(1) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    public async Task<string> Post(string path, string body)
    {
        var content = new StringContent(body, Encoding.UTF8, "application/json");
        using (var answer = await client.PostAsync(path, content))
        {
            var told = await answer.Content.ReadAsStringAsync();
            if (answer.IsSuccessStatusCode) return told;
            if ((int)answer.StatusCode < 500) throw new Refused(told);
            throw new HttpRequestException("the till cannot now"); // as good as no answer
        }
    }

    // Sends until there is an answer: what is sent twice counts once.
    public async Task<string> Tell(string path, string body, int tries = 5)
    {
        while (true)
        {
            try { return await Post(path, body); }
            catch (Exception e) when (!(e is Refused) && --tries > 0) { }
            await Task.Delay(500);
        }
    }
}

class Sale
{
    static async Task<int> Sell(string url, string tokenFile, string phone)
    {
        var till = new Till(url, File.ReadAllText(tokenFile).Trim());
        var basket = "\"currency_code\":\"TRY\",\"line_items\":[{\"sku\":\"milk\",\"extended_amount\":1999}," +
            "{\"sku\":\"bread\",\"extended_amount\":850}],\"member\":{\"phone\":\"" + phone + "\"}";
        var day = DateTime.Now.ToString("yyyy-MM-dd"); // a POS has its own business day

        try // before she pays nothing is worth waiting for
        {
            var quote = await till.Post("/v1/quote", "{" + basket + "}");
            day = Regex.Match(quote, "\"business_day_date\":\"([^\"]*)\"").Groups[1].Value;
            Console.Error.WriteLine(quote);
        }
        catch (Refused e) { Console.Error.WriteLine("Sell without loyalty: " + e.Message); }
        catch (Exception) { Console.Error.WriteLine("The till does not answer. Sell without loyalty: her points come later."); }

        // The id and the body are made once: a POS takes its own.
        var id = "S-" + Guid.NewGuid();
        var sale = "{\"business_day_date\":\"" + day + "\"," + basket + ",\"tenders\":[{\"tender_type\":\"cash\",\"amount\":2849}]}";
        try { Console.WriteLine(await till.Tell("/v1/sales/" + id + "/complete", sale)); } // she has paid, and need not wait for this
        catch (Refused e) { Console.Error.WriteLine(e.Message); return 1; }
        catch (Exception) { Console.Error.WriteLine("Sold. Keep this and send it again until it is answered: " + id + " " + sale); }
        return 0;
    }

    static int Main(string[] args)
    {
        if (args.Length != 3)
        {
            Console.Error.WriteLine("usage: Sale URL TOKEN-FILE PHONE");
            return 2;
        }
        return Sell(args[0], args[1], args[2]).GetAwaiter().GetResult();
    }
}
