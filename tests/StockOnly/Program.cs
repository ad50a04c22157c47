using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

// StockOnly MODEL.zip COLUMN[,COLUMN2] < rows (one a line, columns separated by tabs)
// Writes one line of JSON a row: {"label": "…", "scores": […]}.
if (args.Length != 2)
{
    Console.Error.WriteLine("Usage: StockOnly MODEL.zip COLUMN[,COLUMN2] < rows");
    return 2;
}

MLContext context = new();
ITransformer model = context.Model.Load(args[0], out _);
string[] columns = args[1].Split(',');
string[] lines = Console.In.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
TextLoader.Column[] loaded = [.. columns.Select((name, index) => new TextLoader.Column(name, DataKind.String, index)),
    .. columns.Contains("Label") ? Array.Empty<TextLoader.Column>() : [new TextLoader.Column("Label", DataKind.String, columns.Length)]];
string file = Path.GetTempFileName();
try
{
    File.WriteAllLines(file, lines);
    IDataView rows = context.Data.LoadFromTextFile(file, new TextLoader.Options { Columns = loaded, Separators = ['\t'], AllowQuoting = false });
    IDataView predictions = model.Transform(rows);
    using DataViewRowCursor cursor = predictions.GetRowCursor(predictions.Schema);
    ValueGetter<VBuffer<float>>? scores = predictions.Schema.GetColumnOrNull("Score") is { Type: VectorDataViewType } score
        ? cursor.GetGetter<VBuffer<float>>(score) : null;
    ValueGetter<float>? number = predictions.Schema.GetColumnOrNull("Score") is { Type: NumberDataViewType } single ? cursor.GetGetter<float>(single) : null;
    ValueGetter<ReadOnlyMemory<char>>? label = predictions.Schema.GetColumnOrNull("PredictedLabel") is { Type: TextDataViewType } predicted
        ? cursor.GetGetter<ReadOnlyMemory<char>>(predicted) : null;
    while (cursor.MoveNext())
    {
        VBuffer<float> values = default;
        ReadOnlyMemory<char> name = default;
        scores?.Invoke(ref values);
        if (number is not null)
        {
            float value = 0;
            number(ref value);
            values = new VBuffer<float>(1, [value]);
        }

        label?.Invoke(ref name);
        Console.WriteLine(JsonSerializer.Serialize(new { label = name.ToString(), scores = values.DenseValues().ToArray() }));
    }
}
finally
{
    File.Delete(file);
}

return 0;
