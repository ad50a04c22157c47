using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Namotion.Reflection;

namespace MLTransfer.Pipelines.Schemas;

/// <summary>The summary of a documentation comment, with the names of fields and values as they are in JSON.</summary>
internal static partial class JsonDescription
{
    /// <summary>The text of a type's, property's or enum value's summary; null where it has none.</summary>
    public static string? Of(MemberInfo member)
    {
        XElement? summary = member.GetXmlDocsElement(new XmlDocsOptions())?.Element("summary");
        if (summary is null)
            return null;
        var text = new StringBuilder();
        foreach (XNode node in summary.Nodes())
            text.Append(node is XElement element ? Name(element) : ((node as XText)?.Value));
        return Spaces().Replace(text.ToString(), " ").Trim();
    }

    private static string Name(XElement element)
    {
        if (element.Attribute("cref")?.Value is not { } reference)
            return element.Attribute("langword")?.Value ?? element.Value;
        string[] parts = reference[2..].Split('.');
        return reference[0] switch
        {
            'F' => JsonNamingPolicy.KebabCaseLower.ConvertName(parts[^1]),
            'P' => JsonNamingPolicy.CamelCase.ConvertName(parts[^1]),
            _ => parts[^1],
        };
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
