using System.Globalization;
using Microsoft.ML;
using MLTransfer.Pipelines.Configuration;

namespace MLTransfer.Pipelines.Tasks;

/// <summary>Texts of several columns as one, joined with a space by ML.NET's own expression transform, so that the saved model does it too.</summary>
internal static class JoinedText
{
    /// <summary>Makes the transform; null where no input has several columns.</summary>
    /// <param name="ml">The context of the transforms.</param>
    /// <param name="prefix">What the names of new columns begin with.</param>
    /// <param name="input">A text input.</param>
    /// <param name="rows">Rows with its columns; not read.</param>
    /// <param name="text">The column that holds the text then.</param>
    /// <param name="pair">The column that holds the second text then; null where there is none.</param>
    public static ITransformer? Create(MLContext ml, string prefix, FeatureInput input, IDataView rows, out string text, out string? pair)
    {
        List<IEstimator<ITransformer>> joins = [];
        text = Column(ml, input.Text!, $"{prefix}.text", joins);
        pair = input.Pair is { } second ? Column(ml, second, $"{prefix}.pair", joins) : null;
        ITransformer[] fitted = new ITransformer[joins.Count];
        for (int i = 0; i < fitted.Length; i++)
        {
            fitted[i] = joins[i].Fit(rows);
            rows = fitted[i].Transform(rows);
        }
        return fitted.Length switch
        {
            0 => null,
            1 => fitted[0],
            _ => new Microsoft.ML.Data.TransformerChain<ITransformer>(fitted),
        };
    }

    private static string Column(MLContext ml, ColumnNames columns, string joined, List<IEstimator<ITransformer>> joins)
    {
        if (columns.Names.Count == 1)
            return columns.Names[0];
        string[] parameters = [.. columns.Names.Select(static (_, index) => string.Create(CultureInfo.InvariantCulture, $"c{index}"))];
        string expression = $"({string.Join(", ", parameters)}) => concat({string.Join(", \" \", ", parameters)})";
        joins.Add(ml.Transforms.Expression(joined, expression, [.. columns.Names]));
        return joined;
    }
}
