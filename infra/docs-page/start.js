// Shows the OpenAPI document in the page. The options are described in
// node_modules/@scalar/types/dist/api-reference/.
Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  defaultOpenAllTags: true,
  documentDownloadType: 'direct',
  orderSchemaPropertiesBy: 'preserve',
  // The page makes no request to another host, such as one for fonts.
  withDefaultFonts: false,
  telemetry: false,
  showDeveloperTools: 'never',
  // It sends no request to the API either, and must not ask for a token: there is no option to hide
  // the field for it.
  hideTestRequestButton: true,
  hideClientButton: true,
  customCss: `
    .scalar-reference-intro-auth { display: none !important; }
    /* On narrow screens the backgrounds of parameters are wider than the page. */
    .references-rendered { overflow-x: clip; }
  `,
});
