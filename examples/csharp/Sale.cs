// One sale at a till: Sale URL TOKEN-FILE PHONE. Framework 4.5 or later, mono, .NET.
using System;
using System.IO;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Text;
using System.Threading.Tasks;

class Till
{
    readonly HttpClient client;

    public Till(string url, string token)
    {
        client = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(1) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    // Sends a request until there is an answer: what is sent twice counts once.
    public async Task<string> Post(string path, string body, int tries = 5)
    {
        while (true)
        {
            try
            {
                var content = new StringContent(body, Encoding.UTF8, "application/json");
                using (var answer = await client.PostAsync(path, content))
                {
                    var told = await answer.Content.ReadAsStringAsync();
                    if (answer.IsSuccessStatusCode) return told;
                    throw new InvalidOperationException(told); // a problem, with its next_step
                }
            }
            catch (Exception e) when (!(e is InvalidOperationException) && --tries > 0) { }
        }
    }
}

class Sale
{
    static async Task Sell(string[] args)
    {
        var till = new Till(args[0], File.ReadAllText(args[1]).Trim());
        var member = "{\"phone\":\"" + args[2] + "\"}";
        var lines = "[{\"sku\":\"milk\",\"extended_amount\":1999},{\"sku\":\"bread\",\"extended_amount\":850}]";

        Console.Error.WriteLine(await till.Post("/v1/quote",
            "{\"currency_code\":\"TRY\",\"line_items\":" + lines + ",\"member\":" + member + "}"));
        // The id and the body are made once: a POS takes its own.
        Console.WriteLine(await till.Post("/v1/sales/S-" + Guid.NewGuid() + "/complete",
            "{\"business_day_date\":\"" + DateTime.Now.ToString("yyyy-MM-dd") + "\",\"currency_code\":\"TRY\"," +
            "\"line_items\":" + lines + ",\"member\":" + member + "," +
            "\"tenders\":[{\"tender_type\":\"cash\",\"amount\":2849}]}"));
    }

    static int Main(string[] args)
    {
        try { Sell(args).Wait(); return 0; }
        catch (AggregateException e) { Console.Error.WriteLine(e.InnerException.Message); return 1; }
    }
}
