using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using Tracker.Storage.Hosting;

namespace Tracker.Proxy.Statistics;

/// <summary>The reports as an OpenAPI document: their parameters and answers by what reads and writes these, so that it cannot say anything else.</summary>
internal static class OpenApiDocument
{
    /// <param name="reports">All, with those of one call and one session.</param>
    public static byte[] Of(IReadOnlyList<Report> reports)
    {
        var paths = new JsonObject();
        foreach (var report in reports)
        {
            paths[$"/stats/{report.Name}"] = new JsonObject { ["get"] = PathOf(report) };
        }

        paths["/status"] = new JsonObject { ["get"] = StatusPath() };
        var document = new JsonObject
        {
            ["openapi"] = "3.1.0",
            ["info"] = new JsonObject
            {
                ["title"] = "Tracker's statistics",
                ["version"] = TrackerVersion.Text,
                ["description"] = "What model calls used and cost. Costs are at list prices; null is unknown, never 0. A report without the calls it is asked for is empty.",
            },
            ["paths"] = paths,
            ["components"] = new JsonObject { ["schemas"] = new JsonObject { [SumColumns.Group] = SchemaOf(SumColumns.All) } },
        };
        return JsonSerializer.SerializeToUtf8Bytes(document, OpenApiJson.Default.JsonObject);
    }

    private static JsonObject PathOf(Report report)
    {
        var isDetail = report.Name.Contains('{', StringComparison.Ordinal);
        var responses = new JsonObject
        {
            ["200"] = Response(
                "The report, as text unless JSON, CSV or a line is asked for",
                ("application/json", SchemaOf(report)), ("text/plain", Text()),
                ("text/csv", Text("Its first line names the columns: " + string.Join(", ", report.Lists[0].Columns.Where(column => !column.OnlyJson).Select(column => column.Heading))))),
            ["400"] = Refusal("A parameter is wrong; the text names it"),
        };
        AddOfAllPages(responses);
        if (isDetail)
        {
            responses["404"] = Refusal("There is no such entry, or only its sums are kept");
        }

        responses["503"] = Refusal("The database cannot be read; the text says why");
        var parameters = report.KnownParameters.Select(parameter => ParameterOf(parameter, "query", report.UsualPeriod));
        return new JsonObject
        {
            ["operationId"] = isDetail ? report.Name[..report.Name.IndexOf("s/", StringComparison.Ordinal)] : report.Name,
            ["summary"] = report.Summary,
            ["parameters"] = new JsonArray([.. isDetail ? parameters.Prepend(ParameterOf(new ReportParameter("id", "Its id"), "path", "")) : parameters]),
            ["responses"] = responses,
        };
    }

    private static JsonObject StatusPath()
    {
        var responses = new JsonObject
        {
            ["200"] = Response("The state", ("application/json", StatisticsJson.Default.StatusDocument.GetJsonSchemaAsNode(new JsonSchemaExporterOptions { TreatNullObliviousAsNonNullable = true }))),
        };
        AddOfAllPages(responses);
        return new JsonObject { ["operationId"] = "status", ["summary"] = "How the recording is doing", ["responses"] = responses };
    }

    private static void AddOfAllPages(JsonObject responses)
    {
        responses["401"] = Refusal("Another machine has to present Proxy:AccessToken");
        responses["421"] = Refusal("The name in Host is not one of this machine's; see Proxy:AllowedHosts");
    }

    private static JsonObject ParameterOf(ReportParameter parameter, string place, string usualPeriod) => new()
    {
        ["name"] = parameter.Name,
        ["in"] = place,
        ["required"] = place == "path",
        // In words: as the schema's default it would be sent together with from and to, which exclude it.
        ["description"] = parameter.Description + (parameter.Name == "period" ? $"; {usualPeriod} when no time is given" : ""),
        ["schema"] = parameter switch
        {
            { Most: { } most } => new JsonObject { ["type"] = "integer", ["minimum"] = 1, ["maximum"] = most },
            { Words.Count: > 0 } => new JsonObject { ["type"] = "string", ["enum"] = Strings(parameter.Words) },
            _ => Text(),
        },
    };

    private static JsonObject SchemaOf(Report report)
    {
        var properties = new JsonObject
        {
            ["generated_at"] = TypeOf(ColumnKind.Time, isKnown: true, "When"),
            ["time_zone"] = TypeOf(ColumnKind.Text, isKnown: true, "Whose days and hours"),
            ["from"] = TypeOf(ColumnKind.Time, isKnown: false, "The beginning of the time; null: open"),
            ["to"] = TypeOf(ColumnKind.Time, isKnown: false, "The moment before which calls were sent; null: open"),
        };
        foreach (var list in report.Lists)
        {
            properties[list.Name] = new JsonObject { ["type"] = "array", ["items"] = RowOf(list) };
        }

        var required = properties.Select(property => property.Key).ToList();
        if (report.Parameters.Any(parameter => parameter.Name == "after"))
        {
            properties["next"] = TypeOf(ColumnKind.Text, isKnown: true, "The after of the next page; not there after the last");
        }

        return Closed(properties, required);
    }

    private static JsonObject RowOf(ReportList list)
    {
        var row = SchemaOf([.. list.Columns.Where(column => column.Group is null)]);
        foreach (var group in list.Columns.Select(column => column.Group).OfType<string>().Distinct())
        {
            row["properties"]![group] = new JsonObject { ["$ref"] = $"#/components/schemas/{group}" };
            row["required"]!.AsArray().Add(group);
        }

        return row;
    }

    private static JsonObject SchemaOf(IReadOnlyList<ReportColumn> columns)
    {
        var (properties, required) = (new JsonObject(), new List<string>());
        foreach (var column in columns)
        {
            foreach (var (name, kind, unit) in ReportTable.MembersOf(column))
            {
                properties[name] = TypeOf(kind, column.IsKnown, column.Description + unit);
                if (!column.IsOptional)
                {
                    required.Add(name);
                }
            }
        }

        return Closed(properties, required);
    }

    private static JsonObject Closed(JsonObject properties, IEnumerable<string> required) =>
        new() { ["type"] = "object", ["properties"] = properties, ["required"] = Strings(required), ["additionalProperties"] = false };

    private static JsonObject TypeOf(ColumnKind kind, bool isKnown, string description)
    {
        var (type, format) = kind switch
        {
            ColumnKind.Count => ("integer", "int64"),
            ColumnKind.Money or ColumnKind.Share => ("number", null),
            ColumnKind.Flag => ("boolean", null),
            ColumnKind.Time => ("string", "date-time"),
            _ => ("string", null),
        };
        var schema = new JsonObject { ["type"] = isKnown ? type : Strings([type, "null"]) };
        if (format is not null)
        {
            schema["format"] = format;
        }

        schema["description"] = description;
        return schema;
    }

    private static JsonObject Response(string description, params IEnumerable<(string Type, JsonNode Schema)> contents) => new()
    {
        ["description"] = description,
        ["content"] = new JsonObject(contents.Select(content => KeyValuePair.Create(content.Type, (JsonNode?)new JsonObject { ["schema"] = content.Schema }))),
    };

    private static JsonObject Refusal(string description) => Response(description, ("text/plain", Text()));

    private static JsonObject Text(string? description = null) => description is null ? new() { ["type"] = "string" } : new() { ["type"] = "string", ["description"] = description };

    private static JsonArray Strings(IEnumerable<string> strings) => [.. strings.Select(text => JsonValue.Create(text))];
}
