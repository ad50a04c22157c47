using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLTransfer.Pipelines.Tests.Data;

internal static class ViewReading
{
    public static string[] Texts(this IDataView view, string column) =>
        [.. view.GetColumn<ReadOnlyMemory<char>>(column).Select(text => text.ToString())];
}
